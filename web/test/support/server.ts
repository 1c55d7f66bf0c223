import { vi } from 'vitest';

export interface Asked {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: Headers;
  body: unknown;
}

type Answer = (asked: Asked) => unknown;

/** What the server was asked, in order. */
export const asked: Asked[] = [];

export const session = {
  account: { id: 1, email: 'admin@example.org', displayName: 'Admin', roles: ['admin'] },
  csrf: 'csrf-1',
  organisation: { name: 'Organisation' },
  secondFactor: { isOn: false, dueAt: null, mustEnrol: false, recoveryCodesLeft: null, resetDueAt: null },
  supportAccess: [] as unknown[],
};

/** An answer that is not a success. */
export class Refusal {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly more: Record<string, unknown> = {},
  ) {}
}

/** Answers requests from a list such as `{ 'GET /api/projects': () => ({ items: [] }) }`; the rest is 404. */
export function serve(answers: Record<string, Answer>): void {
  asked.length = 0;
  vi.stubGlobal('fetch', async (input: string, init: RequestInit = {}) => {
    const url = new URL(input, 'http://localhost');
    const body: unknown = typeof init.body === 'string' ? JSON.parse(init.body) : init.body;
    const request = {
      method: init.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      headers: new Headers(init.headers),
      body,
    };
    asked.push(request);
    await Promise.resolve();
    const answer =
      answers[`${request.method} ${request.path}`]?.(request) ?? new Refusal(404, 'access.not_found');
    if (answer instanceof Refusal) {
      const problem = { status: answer.status, code: answer.code, title: answer.code, ...answer.more };
      return new Response(JSON.stringify(problem), {
        status: answer.status,
        headers: { 'Content-Type': 'application/problem+json' },
      });
    }
    return answer === noContent
      ? new Response(null, { status: 204 })
      : new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
  });
}

export const noContent = Symbol('no content');

/** The signed-in person's answers that every page needs. */
export const signedIn: Record<string, Answer> = { 'GET /api/session': () => session };
