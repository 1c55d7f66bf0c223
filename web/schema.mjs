import { readFile, writeFile } from 'node:fs/promises';
import openapi, { astToString } from 'openapi-typescript';
import { format, resolveConfig } from 'prettier';

const document = new URL('../docs/protocol/openapi-api.json', import.meta.url);
const target = new URL('src/api/schema.ts', import.meta.url);

const head = `/**
 * The server's shapes, generated from docs/protocol/openapi-api.json. Do not edit: run script/openapi.
 */
`;

const nodes = await openapi(JSON.parse(await readFile(document, 'utf8')), {
    alphabetize: true,
    exportType: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
});
const text = await format(head + astToString(nodes), {
    ...(await resolveConfig(target)),
    parser: 'typescript',
});

// `--check` writes nothing and fails when the file is not what it should be.
if (!process.argv.includes('--check')) {
    await writeFile(target, text);
} else if ((await readFile(target, 'utf8')) !== text) {
    console.error('web/src/api/schema.ts is out of date: run script/openapi and commit what it writes.');
    process.exitCode = 1;
}
