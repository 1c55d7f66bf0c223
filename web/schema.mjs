// Writes generated/schema.ts: the server's shapes as types, from docs/protocol/openapi-api.json. npm runs it before
// every script that needs them; the file is not kept in the repository.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import openapi, { astToString } from 'openapi-typescript';

const document = new URL('../docs/protocol/openapi-api.json', import.meta.url);
const target = new URL('generated/schema.ts', import.meta.url);

const nodes = await openapi(JSON.parse(await readFile(document, 'utf8')), {
    alphabetize: true,
    exportType: true,
    rootTypes: true,
    rootTypesNoSchemaPrefix: true,
    silent: true,
});
await mkdir(new URL('generated/', import.meta.url), { recursive: true });
await writeFile(
    target,
    `/** Generated from docs/protocol/openapi-api.json by schema.mjs; do not edit. */\n${astToString(nodes)}`,
);
