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
let onFactorNeeded: () => void = () => undefined;
let askToConfirm: () => Promise<boolean> = () => Promise.resolve(false);

/** Keeps the token that proves that a change was asked for by this page. */
export function keepCsrf(token: string): void {
  csrf = token;
}

/** Sets what happens when the server no longer knows the session. */
export function whenSessionIsLost(callback: () => void): void {
  onSessionLost = callback;
}

/** Sets what happens when the server wants a second factor before anything else. */
export function whenFactorIsNeeded(callback: () => void): void {
  onFactorNeeded = callback;
}

/** Sets how a person is asked to confirm that it is still them; the promise tells whether they did. */
export function whenConfirmationIsNeeded(callback: () => Promise<boolean>): void {
  askToConfirm = callback;
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
  // What matters is asked for once more after the person has confirmed that it is still them.
  if (problem.code === 'session.confirmation_needed' && (await askToConfirm())) {
    return send(url, options);
  }
  if (problem.code === 'session.second_factor_needed') {
    onFactorNeeded();
  } else if (problem.status === 401 && !isRefusal(problem.code)) {
    onSessionLost();
  }
  throw problem;
}

/** Tells whether a 401 is about what was typed, not about the session. */
function isRefusal(code: string): boolean {
  return code === 'session.refused' || code === 'session.password_disowned' || code.startsWith('factor.');
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
