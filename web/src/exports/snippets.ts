/** How other programs fetch what this server gives: code with the right address in it, to be copied. */
export interface Snippet {
  /** Named by `snippets.tools.…`. */
  tool: 'curl' | 'excel' | 'powerBi' | 'python' | 'pythonConfig' | 'r' | 'tableau';
  /** Null where clicking is all: the words are in `snippets.steps.…`. */
  code: string | null;
}

// JSON's strings are those of R and Python too: quotes and backslashes escaped, letters of any script as they are.
const quoted = (text: string): string => JSON.stringify(text);
// Power Query doubles quotes.
const inM = (text: string): string => `"${text.replaceAll('"', '""')}"`;
// A shell takes everything between single quotes as it is.
const inShell = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

const readers: Record<string, { r: string[]; python: string[]; m: string | null }> = {
  csv: {
    r: ['data <- read.csv(address, fileEncoding = "UTF-8")'],
    python: ['import pandas', 'data = pandas.read_csv(address)'],
    m: 'Csv.Document(Web.Contents(ADDRESS), [Delimiter = ",", Encoding = 65001])',
  },
  xlsx: {
    r: [
      'file <- tempfile(fileext = ".xlsx")',
      'download.file(address, file, mode = "wb")',
      'data <- readxl::read_excel(file)',
    ],
    python: ['import pandas', 'sheets = pandas.read_excel(address, sheet_name=None)'],
    m: 'Excel.Workbook(Web.Contents(ADDRESS), true)',
  },
  json: {
    r: ['data <- jsonlite::fromJSON(address)'],
    python: ['import json, urllib.request', 'data = json.load(urllib.request.urlopen(address))'],
    m: 'Json.Document(Web.Contents(ADDRESS))',
  },
  ndjson: {
    r: ['data <- jsonlite::stream_in(url(address))'],
    python: ['import pandas', 'data = pandas.read_json(address, lines=True)'],
    m: null,
  },
  geojson: {
    r: ['places <- sf::st_read(address)'],
    python: ['import geopandas', 'places = geopandas.read_file(address)'],
    m: null,
  },
  kml: {
    r: ['places <- sf::st_read(address)'],
    python: ['import geopandas', 'places = geopandas.read_file(address)'],
    m: null,
  },
};

/** How the server calls the file of an export. */
export function fileNameOf(form: string, format: string): string {
  return `${form}.${format === 'csv.zip' ? 'zip' : format}`;
}

/** How to fetch a saved export by its link, in the programs that can read its format. */
export function linkSnippets(address: string, format: string, fileName: string): Snippet[] {
  const reader = readers[format];
  const zipR = [
    'file <- tempfile(fileext = ".zip")',
    'download.file(address, file, mode = "wb")',
    'files <- unzip(file, exdir = tempfile())',
    ...(format === 'sav.zip' ? ['data <- haven::read_sav(grep("sav$", files, value = TRUE)[1])'] : []),
    ...(format === 'csv.zip'
      ? ['data <- read.csv(grep("csv$", files, value = TRUE)[1], fileEncoding = "UTF-8")']
      : []),
  ];
  const zipPython = [
    'import io, urllib.request, zipfile',
    'archive = zipfile.ZipFile(io.BytesIO(urllib.request.urlopen(address).read()))',
    'print(archive.namelist())',
  ];
  return [
    ...(format === 'csv' || format === 'xlsx' || format === 'json'
      ? [{ tool: 'excel', code: null } as const]
      : []),
    ...(reader?.m
      ? [{ tool: 'powerBi', code: reader.m.replace('ADDRESS', () => inM(address)) } as const]
      : []),
    { tool: 'r', code: [`address <- ${quoted(address)}`, ...(reader?.r ?? zipR)].join('\n') },
    { tool: 'python', code: [`address = ${quoted(address)}`, ...(reader?.python ?? zipPython)].join('\n') },
    {
      tool: 'curl',
      code: `curl --fail --silent --show-error --output ${inShell(fileName)} ${inShell(address)}`,
    },
  ];
}

/** The address of a form's tables for programs that read OData. */
export function odataAddress(origin: string, project: string, form: string, isDraft = false): string {
  const id = encodeURIComponent(form);
  return `${origin}/v1/projects/${encodeURIComponent(project)}/forms/${id}${isDraft ? '/draft' : ''}.svc`;
}

/** How to read a form's tables by OData. */
export function odataSnippets(origin: string, project: string, form: string): Snippet[] {
  const address = odataAddress(origin, project, form);
  return [
    { tool: 'excel', code: null },
    { tool: 'powerBi', code: `OData.Feed(${inM(address)}, null, [Implementation = "2.0"])` },
    { tool: 'tableau', code: null },
    {
      tool: 'r',
      code: [
        'library(ruODK)',
        `ru_setup(svc = ${quoted(address)},`,
        '         un = "you@example.org", pw = Sys.getenv("FIELDKEEP_PASSWORD"))',
        'data <- odata_submission_get()',
      ].join('\n'),
    },
    {
      tool: 'python',
      code: [
        'from pyodk.client import Client',
        '',
        'with Client() as client:',
        `    rows = client.submissions.get_table(form_id=${quoted(form)}, project_id=${project})`,
      ].join('\n'),
    },
    {
      tool: 'pythonConfig',
      code: [
        '[central]',
        `base_url = ${quoted(origin)}`,
        'username = "you@example.org"',
        'password = "…"',
      ].join('\n'),
    },
  ];
}
