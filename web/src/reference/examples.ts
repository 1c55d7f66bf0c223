import { nameOf, type Operation, type Schema } from '../api/reference';

const deepest = 6;

/** What a schema is called in a line: `text`, `list of FormItem`, `number or null`. */
export function typeWords(schema: Schema): string {
  if (schema.$ref !== undefined) {
    return nameOf(schema.$ref);
  }
  if (schema.oneOf !== undefined) {
    return schema.oneOf.map(typeWords).join(' | ');
  }
  const types = [schema.type ?? 'any'].flat().map((type) => {
    if (type === 'array') {
      return `${schema.items === undefined ? 'any' : typeWords(schema.items)}[]`;
    }
    return type === 'string' && schema.format !== undefined ? schema.format : type;
  });
  return [...types].sort((one, other) => Number(one === 'null') - Number(other === 'null')).join(' | ');
}

/** Gives the schema behind a reference, a list or an “or null”, and its name; null when it has no members. */
export function membersOf(
  schema: Schema,
  schemas: Record<string, Schema>,
): { name: string; schema: Schema } | null {
  if (schema.$ref !== undefined) {
    const found = schemas[nameOf(schema.$ref)];
    return found?.properties === undefined ? null : { name: nameOf(schema.$ref), schema: found };
  }
  const inner = schema.items ?? schema.oneOf?.find((way) => way.type !== 'null');
  return inner === undefined ? null : membersOf(inner, schemas);
}

/** Makes a value of a schema's shape. */
export function exampleOf(schema: Schema, schemas: Record<string, Schema>, depth = 0): unknown {
  if (depth > deepest) {
    return null;
  }
  if (schema.$ref !== undefined) {
    return exampleOf(schemas[nameOf(schema.$ref)] ?? {}, schemas, depth + 1);
  }
  if (schema.oneOf !== undefined) {
    return exampleOf(schema.oneOf.find((way) => way.type !== 'null') ?? {}, schemas, depth + 1);
  }
  if (schema.enum !== undefined) {
    return schema.enum[0];
  }
  switch ([schema.type ?? 'object'].flat().find((type) => type !== 'null')) {
    case 'array':
      return [exampleOf(schema.items ?? {}, schemas, depth + 1)];
    case 'integer':
    case 'number':
      return schema.minimum ?? 1;
    case 'boolean':
      return schema.default ?? true;
    case 'string':
      return schema.format === 'date-time' ? '2026-11-20T08:00:00.000Z' : '…';
    default:
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([name, member]) => [
          name,
          exampleOf(member, schemas, depth + 1),
        ]),
      );
  }
}

/** Writes the call as a line for a shell. */
export function curlOf(operation: Operation, schemas: Record<string, Schema>, origin: string): string {
  const needed = operation.parameters.filter(
    (parameter) => parameter.in === 'query' && parameter.required === true,
  );
  const query = needed.map((parameter) => `${parameter.name}=…`).join('&');
  const parts = [
    operation.method === 'GET'
      ? 'curl'
      : operation.method === 'HEAD'
        ? 'curl --head'
        : `curl -X ${operation.method}`,
    `'${origin}${operation.path}${query === '' ? '' : `?${query}`}'`,
  ];
  if (operation.callers.includes('session') && !operation.callers.includes('anonymous')) {
    parts.push("-H 'Authorization: Bearer TOKEN'");
  }
  const types = Object.keys(operation.body);
  const json = operation.body['application/json']?.schema;
  if (json !== undefined) {
    const text = JSON.stringify(exampleOf(json, schemas)).replaceAll("'", "'\\''");
    parts.push("-H 'Content-Type: application/json'", `--data '${text}'`);
  } else if (types.includes('multipart/form-data')) {
    parts.push('-F xml_submission_file=@submission.xml');
  } else if (types.length > 0) {
    parts.push("-H 'Content-Type: application/octet-stream'", '--data-binary @file');
  }
  return parts.join(' \\\n  ');
}
