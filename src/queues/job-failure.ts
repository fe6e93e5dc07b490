/** A job has failed in a way that no repetition mends: it goes to the dead letters at once. */
export class PermanentJobFailure extends Error {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'PermanentJobFailure';
  }
}

/** A job ran longer than it declares. */
export class JobTimeoutError extends Error {
  constructor(timeoutMs: number) {
    super(`The job took longer than ${timeoutMs} ms`);
    this.name = 'JobTimeoutError';
  }
}
