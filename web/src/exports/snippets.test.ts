import { describe, expect, it } from 'vitest';
import { formats } from './formats';
import { fileNameOf, linkSnippets, odataAddress, odataSnippets } from './snippets';

const address = 'https://data.example.org/api/export-links/T0ken';
const codeOf = (snippets: ReturnType<typeof linkSnippets>, tool: string): string =>
  snippets.find((snippet) => snippet.tool === tool)?.code ?? '';

describe('how to use a link', () => {
  it.each(formats.map((format) => format.name))('%s can be fetched with R, Python and curl', (format) => {
    const snippets = linkSnippets(address, format, fileNameOf('household', format));
    for (const tool of ['r', 'python', 'curl']) {
      expect(codeOf(snippets, tool)).toContain(address);
    }
  });

  it('names programs only where they can read the format', () => {
    const tools = (format: string) => linkSnippets(address, format, 'x').map((snippet) => snippet.tool);
    expect(tools('csv')).toEqual(['excel', 'powerBi', 'r', 'python', 'curl']);
    expect(tools('sav.zip')).toEqual(['r', 'python', 'curl']);
  });

  it('keeps quotes in names from ending what they stand in', () => {
    const snippets = linkSnippets(address, 'csv', "it's.csv");
    expect(codeOf(snippets, 'curl')).toContain(`--output 'it'\\''s.csv'`);
    expect(codeOf(linkSnippets('https://x/"y"', 'csv', 'x'), 'powerBi')).toContain('"https://x/""y"""');
  });

  it('calls the file as the server does', () => {
    expect(fileNameOf('household', 'csv.zip')).toBe('household.zip');
    expect(fileNameOf('household', 'sav.zip')).toBe('household.sav.zip');
  });
});

describe('how to read OData', () => {
  it('has the address with the form’s id escaped', () => {
    expect(odataAddress('https://data.example.org', '3', 'a form/ü')).toBe(
      'https://data.example.org/v1/projects/3/forms/a%20form%2F%C3%BC.svc',
    );
  });

  it('gives code in which the form’s id cannot end a text', () => {
    const snippets = odataSnippets('https://data.example.org', '3', 'a"b');
    expect(codeOf(snippets, 'python')).toContain('form_id="a\\"b", project_id=3');
    expect(codeOf(snippets, 'r')).toContain('svc = "https://data.example.org/v1/projects/3/forms/a%22b.svc"');
    expect(snippets.map((snippet) => snippet.tool)).toEqual([
      'excel',
      'powerBi',
      'tableau',
      'r',
      'python',
      'pythonConfig',
    ]);
  });
});
