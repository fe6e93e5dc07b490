/** A cookie to set; always HttpOnly, SameSite=Strict, and Secure where the installation is reached by https. */
export interface CookieToSet {
  readonly name: string;
  readonly value: string;
  /** Seconds; 0 takes the cookie away. */
  readonly maxAge: number;
  readonly path: string;
}

/** The cookies of a request, and those that its answer sets. */
export interface CookieJar {
  get(name: string): string | undefined;
  set(cookie: CookieToSet): void;
}
