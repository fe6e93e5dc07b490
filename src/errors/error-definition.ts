/** An entry of the error registry. */
export interface ErrorDefinition {
  readonly status: number;
  readonly message: string;
  /** Who must act: the caller, the operator of the installation, or its developers. */
  readonly action: 'caller' | 'operator' | 'developer';
}

export const defineErrors = <const Codes extends Record<string, ErrorDefinition>>(codes: Codes): Codes => codes;
