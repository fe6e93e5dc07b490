import { parseSetCookie, type SetCookie, stringifyCookie } from 'cookie';
import type { HttpAnswer, HttpClient } from './http-client.ts';

/** The cookies that an answer sets, by name. */
export const setCookiesOf = ({ headers }: HttpAnswer): ReadonlyMap<string, SetCookie> =>
  new Map(
    headers
      .getSetCookie()
      .map((text) => parseSetCookie(text))
      .map((cookie) => [cookie.name, cookie]),
  );

/** Sends what its cookies' paths allow, and keeps what it is sent. */
export function createBrowser(http: HttpClient, headers: Record<string, string> = {}) {
  const cookies = new Map<string, SetCookie>();

  const send = async (
    method: string,
    path: string,
    { body, headers: more = {} }: { readonly body?: unknown; readonly headers?: Record<string, string> } = {},
  ): Promise<HttpAnswer> => {
    const sent = [...cookies.values()].filter((cookie) => path.startsWith(cookie.path ?? '/'));
    const cookie = stringifyCookie(Object.fromEntries(sent.map(({ name, value }) => [name, value])));
    const answer = await http.send(method, path, {
      headers: { ...headers, ...more, ...(cookie !== '' && { cookie }) },
      ...(body !== undefined && { body }),
    });
    for (const [name, set] of setCookiesOf(answer)) {
      if (set.maxAge === 0) cookies.delete(name);
      else cookies.set(name, set);
    }
    return answer;
  };

  return {
    cookies,
    get: (path: string, more?: Record<string, string>) => send('GET', path, { ...(more && { headers: more }) }),
    post: (path: string, body?: unknown, more?: Record<string, string>) =>
      send('POST', path, { body, ...(more && { headers: more }) }),
  };
}

export type Browser = ReturnType<typeof createBrowser>;
