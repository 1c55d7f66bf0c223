import { ask } from './client';

/** The part of OpenAPI 3.1 that the server's documents use. */
export interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: string[];
  default?: unknown;
  minimum?: number;
  maximum?: number;
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema: Schema;
}

type Content = Record<string, { schema?: Schema }>;

export interface Answer {
  $ref?: string;
  description?: string;
  content?: Content;
  'x-fieldkeep-problems'?: string[];
}

interface RawOperation {
  operationId: string;
  summary: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { description?: string; content: Content };
  responses: Record<string, Answer>;
  'x-fieldkeep-action': string | string[];
  'x-fieldkeep-callers': string[];
}

interface Document {
  info: { title: string; description: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, Record<string, RawOperation>>;
  components: { schemas: Record<string, Schema>; responses?: Record<string, Answer> };
}

/** One thing the server can be asked, with its references to answers followed. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  summary: string;
  tag: string;
  actions: string[];
  callers: string[];
  parameters: Parameter[];
  bodyText: string;
  body: Content;
  answers: { status: string; text: string; content: Content; problems: string[] }[];
}

export interface Reference {
  title: string;
  text: string;
  tags: { name: string; text: string; operations: Operation[] }[];
  schemas: Record<string, Schema>;
}

/** The documents there are; each lies below its own address. */
export const references = ['api', 'v1'] as const;

export async function readReference(
  name: (typeof references)[number],
  signal?: AbortSignal,
): Promise<Reference> {
  return referenceOf(await ask<Document>(`/${name}/openapi.json`, { signal }));
}

/** Lays a document out by tag. */
export function referenceOf(document: Document): Reference {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, raw]) => operationOf(document, path, method, raw)),
  );
  return {
    title: document.info.title,
    text: document.info.description,
    tags: document.tags.map(({ name, description }) => ({
      name,
      text: description ?? '',
      operations: operations.filter((operation) => operation.tag === name),
    })),
    schemas: document.components.schemas,
  };
}

function operationOf(document: Document, path: string, method: string, raw: RawOperation): Operation {
  return {
    id: raw.operationId,
    method: method.toUpperCase(),
    path,
    summary: raw.summary,
    tag: raw.tags[0] ?? '',
    actions: [raw['x-fieldkeep-action']].flat().filter((action) => action !== 'none'),
    callers: raw['x-fieldkeep-callers'],
    parameters: raw.parameters ?? [],
    bodyText: raw.requestBody?.description ?? '',
    body: raw.requestBody?.content ?? {},
    answers: Object.entries(raw.responses).map(([status, given]) => {
      const answer =
        given.$ref === undefined ? given : (document.components.responses?.[nameOf(given.$ref)] ?? given);
      return {
        status,
        text: answer.description ?? '',
        content: answer.content ?? {},
        problems: answer['x-fieldkeep-problems'] ?? [],
      };
    }),
  };
}

/** Gives the last part of a reference: `#/components/schemas/FormItem` is `FormItem`. */
export function nameOf(reference: string): string {
  return reference.split('/').at(-1) ?? '';
}
