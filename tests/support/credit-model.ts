/** Credits of one channel in the plainest way: a list of grants, a list of reservations, and a clock that is given. */
export interface CreditModel {
  readonly grants: ModelGrant[];
  readonly reservations: Map<string, ModelReservation>;
}

interface ModelGrant {
  readonly credits: number;
  readonly priority: number;
  readonly expiresAt: number | null;
  readonly place: number;
  used: number;
}

interface ModelReservation {
  readonly endsAt: number;
  readonly parts: readonly { readonly grant: ModelGrant; readonly credits: number }[];
  closedBy: 'commit' | 'release' | null;
}

export type Refusal =
  | 'CREDITS_INSUFFICIENT'
  | 'CREDITS_EXPIRY_PAST'
  | 'CREDITS_RESERVATION_NOT_FOUND'
  | 'CREDITS_RESERVATION_COMMITTED'
  | 'CREDITS_RESERVATION_RELEASED'
  | 'CREDITS_RESERVATION_EXPIRED'
  | 'CREDITS_RESERVATION_EXCEEDED';

/** What is available afterwards, or why nothing happened. */
export type ModelOutcome = number | Refusal;

export const emptyModel = (): CreditModel => ({ grants: [], reservations: new Map() });

const isOpen = ({ closedBy, endsAt }: ModelReservation, now: number): boolean => closedBy === null && endsAt > now;

/** What reservations hold of each grant. */
function heldAt({ reservations }: CreditModel, now: number): Map<ModelGrant, number> {
  const held = new Map<ModelGrant, number>();
  for (const reservation of reservations.values()) {
    if (!isOpen(reservation, now)) continue;
    for (const { grant, credits } of reservation.parts) held.set(grant, (held.get(grant) ?? 0) + credits);
  }
  return held;
}

/** Grants with something left, and how much. */
function leftAt(model: CreditModel, now: number): { readonly grant: ModelGrant; readonly left: number }[] {
  const held = heldAt(model, now);
  return model.grants
    .filter(({ expiresAt }) => expiresAt === null || expiresAt > now)
    .map((grant) => ({ grant, left: grant.credits - grant.used - (held.get(grant) ?? 0) }))
    .filter(({ left }) => left > 0);
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);

export const availableAt = (model: CreditModel, now: number): number => sum(leftAt(model, now).map(({ left }) => left));

export const reservedAt = (model: CreditModel, now: number): number => sum(heldAt(model, now).values());

const NEVER = Number.MAX_SAFE_INTEGER;

const burnOrder = (a: ModelGrant, b: ModelGrant): number =>
  a.priority - b.priority || (a.expiresAt ?? NEVER) - (b.expiresAt ?? NEVER) || a.place - b.place;

function partsOf(model: CreditModel, credits: number, now: number): ModelReservation['parts'] | null {
  let missing = credits;
  const parts = leftAt(model, now)
    .sort((a, b) => burnOrder(a.grant, b.grant))
    .flatMap(({ grant, left }) => {
      const taken = Math.min(missing, left);
      missing -= taken;
      return taken === 0 ? [] : [{ grant, credits: taken }];
    });
  return missing > 0 ? null : parts;
}

export function grantTo(
  model: CreditModel,
  { credits, priority, expiresAt }: Pick<ModelGrant, 'credits' | 'priority' | 'expiresAt'>,
  now: number,
): ModelOutcome {
  if (expiresAt !== null && expiresAt <= now) return 'CREDITS_EXPIRY_PAST';
  model.grants.push({ credits, priority, expiresAt, used: 0, place: model.grants.length });
  return availableAt(model, now);
}

export function deductFrom(model: CreditModel, credits: number, now: number): ModelOutcome {
  const parts = partsOf(model, credits, now);
  if (parts === null) return 'CREDITS_INSUFFICIENT';
  for (const part of parts) part.grant.used += part.credits;
  return availableAt(model, now);
}

export function reserveFrom(
  model: CreditModel,
  id: string,
  { credits, endsAt }: { credits: number; endsAt: number },
  now: number,
): ModelOutcome {
  const parts = partsOf(model, credits, now);
  if (parts === null) return 'CREDITS_INSUFFICIENT';
  model.reservations.set(id, { endsAt, parts, closedBy: null });
  return availableAt(model, now);
}

/** @param actual what is committed; null releases */
export function closeIn(model: CreditModel, id: string, actual: number | null, now: number): ModelOutcome {
  const reservation = model.reservations.get(id);
  if (reservation === undefined) return 'CREDITS_RESERVATION_NOT_FOUND';
  if (reservation.closedBy !== null) {
    return reservation.closedBy === 'commit' ? 'CREDITS_RESERVATION_COMMITTED' : 'CREDITS_RESERVATION_RELEASED';
  }
  if (reservation.endsAt <= now) return 'CREDITS_RESERVATION_EXPIRED';
  let missing = actual ?? 0;
  if (missing > sum(reservation.parts.map(({ credits }) => credits))) return 'CREDITS_RESERVATION_EXCEEDED';
  for (const { grant, credits } of reservation.parts) {
    const taken = Math.min(missing, credits);
    grant.used += taken;
    missing -= taken;
  }
  reservation.closedBy = actual === null ? 'release' : 'commit';
  return availableAt(model, now);
}

/** @returns what is available at the receiver afterwards */
export function transferBetween(from: CreditModel, to: CreditModel, credits: number, now: number): ModelOutcome {
  const parts = partsOf(from, credits, now);
  if (parts === null) return 'CREDITS_INSUFFICIENT';
  for (const { grant, credits: moved } of parts) {
    grant.used += moved;
    to.grants.push({
      credits: moved,
      priority: grant.priority,
      expiresAt: grant.expiresAt,
      used: 0,
      place: to.grants.length,
    });
  }
  return availableAt(to, now);
}
