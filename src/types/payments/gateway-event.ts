import type { PageRequest } from '../page.ts';

/** applied: something changed; stale: it was known already, or later things are; ignored: it is about nothing here. */
export type GatewayEventOutcome = 'applied' | 'ignored' | 'stale';

/** What a gateway told us. Times are ISO 8601. */
export interface GatewayEventRecord {
  readonly id: string;
  readonly gateway: string;
  /** The gateway's own id of it: the same event is kept once. */
  readonly gatewayEventId: string;
  readonly type: string;
  readonly receivedAt: string;
  readonly processedAt: string | null;
  readonly outcome: GatewayEventOutcome | null;
  /** How often applying it failed. */
  readonly attempts: number;
  readonly lastError: string | null;
  /** False once the body was dropped: it can't be applied again. */
  readonly hasBody: boolean;
}

export interface NewGatewayEvent extends Pick<GatewayEventRecord, 'id' | 'gateway' | 'gatewayEventId' | 'type'> {
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  readonly receivedAt: string;
}

export interface GatewayEventFilter extends PageRequest<'receivedAt' | '-receivedAt'> {
  readonly gateway?: string | undefined;
  readonly state?: 'waiting' | 'failing' | 'processed' | undefined;
}
