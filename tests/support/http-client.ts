/** An answer with its body read. `body` is what JSON.parse gave; tests look into it with matchers. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Buffer;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads whatever the server sent
  readonly body: any;
}

export interface RequestOptions {
  readonly headers?: Record<string, string>;
  /** Sent as JSON unless it is a string or a form, which are sent as they are. */
  readonly body?: unknown;
}

/** Calls a server over real HTTP, with the same headers each time. */
export function createHttpClient(baseUrl: string, always: Record<string, string> = {}) {
  const send = async (
    method: string,
    path: string,
    { headers = {}, body }: RequestOptions = {},
  ): Promise<HttpAnswer> => {
    const isForm = body instanceof FormData;
    const content =
      body === undefined ? {} : { body: typeof body === 'string' || isForm ? body : JSON.stringify(body) };
    const type: Record<string, string> = body === undefined || isForm ? {} : { 'content-type': 'application/json' };
    const answer = await fetch(baseUrl + path, {
      method,
      redirect: 'manual',
      headers: { ...type, ...always, ...headers },
      ...content,
    });
    const bytes = Buffer.from(await answer.arrayBuffer());
    const text = bytes.toString('utf8');
    const isJson = /\bjson\b/.test(answer.headers.get('content-type') ?? '');
    return {
      status: answer.status,
      headers: answer.headers,
      text,
      bytes,
      body: isJson && text !== '' ? JSON.parse(text) : undefined,
    };
  };
  return {
    get: (path: string, options?: RequestOptions) => send('GET', path, options),
    post: (path: string, body?: unknown, headers?: Record<string, string>) =>
      send('POST', path, { body, ...(headers && { headers }) }),
    put: (path: string, body?: unknown, headers?: Record<string, string>) =>
      send('PUT', path, { body, ...(headers && { headers }) }),
    delete: (path: string, options?: RequestOptions) => send('DELETE', path, options),
    send,
    with: (headers: Record<string, string>) => createHttpClient(baseUrl, { ...always, ...headers }),
  };
}

export type HttpClient = ReturnType<typeof createHttpClient>;
