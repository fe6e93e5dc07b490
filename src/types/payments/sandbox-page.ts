/** A page of the sandbox as whoever pays on it sees it. */
export interface SandboxPage {
  readonly id: string;
  readonly state: 'open' | 'paid' | 'canceled' | 'expired';
  readonly amount: string;
  readonly currency: string;
  readonly description: string;
  readonly payerEmail: string | null;
  readonly successUrl: string;
  readonly cancelUrl: string;
}

/** What only the sandbox has: pages of its own. */
export interface SandboxPages {
  /** Null for a page that was never made. */
  findPage(sessionId: string): Promise<SandboxPage | null>;
  /** Pays on a page, or leaves it for good. What was chosen first stands. @returns the page afterwards */
  decide(sessionId: string, choice: 'pay' | 'cancel'): Promise<SandboxPage | null>;
}
