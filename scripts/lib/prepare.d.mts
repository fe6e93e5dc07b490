/** The directory of the project. */
export const root: string;

/** Throws an error with one line for a person if the Node of this version is too old. */
export function assertNodeVersion(version?: string): void;

/** Installs, generates and builds what is missing or out of date. */
export function prepare(options?: { toleratesTypeErrors?: boolean }): void;

/** Runs a program of this project and sets the exit code; one that can't even start says why in one line. */
export function runOrExplain(program: () => Promise<number>): Promise<void>;
