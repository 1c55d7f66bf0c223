/** What a request ends in when it does not end in data: the server's problem details, or a lost connection. */
export class Problem extends Error {
  /** Stable dotted code; the words on the screen are chosen from it. */
  readonly code: string;
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly title: string;
  readonly detail: string | null;
  /** Seconds after which the server will listen again. */
  readonly retryAfterSeconds: number | null;
  /** Everything else the server said, for example `feedback`. */
  readonly extra: Readonly<Record<string, unknown>>;

  constructor(init: {
    code: string;
    status: number;
    title?: string;
    detail?: string | null;
    retryAfterSeconds?: number | null;
    extra?: Record<string, unknown>;
  }) {
    super(init.title ?? init.code);
    this.name = 'Problem';
    this.code = init.code;
    this.status = init.status;
    this.title = init.title ?? '';
    this.detail = init.detail ?? null;
    this.retryAfterSeconds = init.retryAfterSeconds ?? null;
    this.extra = init.extra ?? {};
  }

  /** Turns whatever was thrown into a problem, so that it can be shown in words. */
  static of(thrown: unknown): Problem {
    if (thrown instanceof Problem) {
      return thrown;
    }
    return new Problem({
      code: 'page.fault',
      status: 0,
      detail: thrown instanceof Error ? thrown.message : null,
    });
  }
}

/** Tells whether something was thrown only because its request was given up. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === 'AbortError';
}

/** Reads an answer that is not a success, in problem details or in Central's shape. */
export async function readProblem(response: Response): Promise<Problem> {
  const retryAfter = Number.parseInt(response.headers.get('Retry-After') ?? '', 10);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  let body: Record<string, unknown> = {};
  if ((response.headers.get('Content-Type') ?? '').includes('json')) {
    try {
      body = (await response.json()) as Record<string, unknown>;
    } catch {
      body = {}; // A proxy's half answer: the status alone must do.
    }
  }
  const { code, title, detail, message, ...extra } = body;
  return new Problem({
    code: typeof code === 'string' ? code : `http.${response.status}`,
    status: response.status,
    title: typeof title === 'string' ? title : typeof message === 'string' ? message : '',
    detail: typeof detail === 'string' ? detail : null,
    retryAfterSeconds,
    extra,
  });
}
