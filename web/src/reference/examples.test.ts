import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { referenceOf } from '../api/reference';
import { curlOf, exampleOf, typeWords } from './examples';

const text = readFileSync('../docs/protocol/openapi-api.json', 'utf8');
const reference = referenceOf(JSON.parse(text) as Parameters<typeof referenceOf>[0]);
const operation = (id: string) => {
  const found = reference.tags.flatMap((tag) => tag.operations).find((one) => one.id === id);
  if (found === undefined) {
    throw new Error(`There is no operation ${id}.`);
  }
  return found;
};

describe('the reference', () => {
  it('writes a call that a shell takes, with token and body', () => {
    expect(curlOf(operation('createProject'), reference.schemas, 'https://data.example.org')).toBe(
      "curl -X POST \\\n  'https://data.example.org/api/projects' \\\n  -H 'Authorization: Bearer TOKEN' \\\n" +
        '  -H \'Content-Type: application/json\' \\\n  --data \'{"name":"…","description":"…","unit":1}\'',
    );
  });

  it('asks for no token where anyone may call', () => {
    expect(curlOf(operation('signIn'), reference.schemas, '')).not.toContain('Bearer');
  });

  it('follows the references of answers, and names their problems', () => {
    const answers = operation('listProjects').answers;
    expect(answers.find((answer) => answer.status === '401')?.problems).toContain('session.none');
  });

  it('says what a type is in a few words', () => {
    expect(typeWords({ type: ['null', 'string'], format: 'date-time' })).toBe('date-time | null');
    expect(typeWords({ type: 'array', items: { $ref: '#/components/schemas/FormItem' } })).toBe('FormItem[]');
  });

  it('ends examples of shapes that hold themselves', () => {
    expect(
      JSON.stringify(exampleOf({ $ref: '#/components/schemas/RecordItem' }, reference.schemas)),
    ).toContain('children');
  });
});
