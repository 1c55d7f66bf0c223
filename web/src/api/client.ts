import { reportLost, reportReached } from './connection';
import { isAbort, Problem, readProblem } from './problem';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RequestOptions {
  method?: Method;
  query?: Record<string, string | number | boolean | null | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is. */
  body?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

let csrf = '';
let onSessionLost: () => void = () => undefined;

/** Keeps the token that proves that a change was asked for by this page. */
export function keepCsrf(token: string): void {
  csrf = token;
}

/** Sets what happens when the server no longer knows the session. */
export function whenSessionIsLost(callback: () => void): void {
  onSessionLost = callback;
}

/** Builds a path from its parts, each escaped: form ids may hold slashes and spaces. */
export function path(...parts: (string | number)[]): string {
  return '/api/' + parts.map((part) => encodeURIComponent(String(part))).join('/');
}

/** Asks for JSON. Throws a {@link Problem}, or an AbortError when the caller gave up. */
export async function ask<T>(url: string, options: RequestOptions = {}): Promise<T> {
  const response = await send(url, options);
  return (await response.json()) as T;
}

/** Asks for something to be done whose answer has no content. */
export async function tell(url: string, options: RequestOptions): Promise<void> {
  await send(url, options);
}

async function send(url: string, options: RequestOptions): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url + queryOf(options.query), initOf(options));
  } catch (thrown) {
    if (isAbort(thrown)) {
      throw thrown;
    }
    reportLost();
    throw new Problem({ code: 'network.unreachable', status: 0 });
  }
  reportReached();
  if (response.ok) {
    return response;
  }
  const problem = await readProblem(response);
  if (problem.status === 401 && problem.code !== 'session.refused') {
    onSessionLost();
  }
  throw problem;
}

function initOf(options: RequestOptions): RequestInit {
  const method = options.method ?? 'GET';
  const headers: Record<string, string> = { Accept: 'application/json', ...options.headers };
  if (method !== 'GET' && csrf !== '') {
    headers['X-CSRF-Token'] = csrf;
  }
  const init: RequestInit = { method, headers, credentials: 'same-origin', cache: 'no-store' };
  if (options.json !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(options.json);
  } else if (options.body !== undefined) {
    init.body = options.body;
  }
  if (options.signal !== undefined) {
    init.signal = options.signal;
  }
  return init;
}

function queryOf(query: RequestOptions['query']): string {
  const pairs = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== null && value !== undefined) {
      pairs.set(name, String(value));
    }
  }
  const text = pairs.toString();
  return text === '' ? '' : `?${text}`;
}
