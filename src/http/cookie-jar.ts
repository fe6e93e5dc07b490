import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';
import type { CookieJar } from '../types/cookie-jar.ts';

/** @param secure whether browsers reach this installation by https */
export const createCookieJar = (req: Request, res: Response, secure: boolean): CookieJar => {
  const { cookie: header } = req.headers;
  const given = header === undefined ? {} : parseCookie(header);
  return {
    get: (name) => given[name],
    set: (cookie) =>
      void res.append('Set-Cookie', stringifySetCookie({ ...cookie, httpOnly: true, sameSite: 'strict', secure })),
  };
};
