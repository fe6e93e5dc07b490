import type { TenantKind } from './tenant-list.ts';

/** Something that can stand on an invoice. */
export interface Product {
  readonly description: string;
  /** In US dollars; `priceIn` gives it in the tenant's currency. */
  readonly dollars: number;
  readonly most: number;
}

/** What tenants of a kind order besides their plan. */
export const PRODUCTS: Readonly<Record<TenantKind, readonly Product[]>> = {
  'study-library': [
    { description: 'Seat licence, month', dollars: 0.6, most: 120 },
    { description: 'Turnstile with card reader, rental, month', dollars: 18, most: 4 },
    { description: 'Attendance kiosk, rental, month', dollars: 12, most: 3 },
    { description: 'WhatsApp credits', dollars: 0.009, most: 8000 },
    { description: 'Member app under your own name, month', dollars: 60, most: 1 },
    { description: 'Training on site, half day', dollars: 90, most: 2 },
    { description: 'Data migration, hour', dollars: 25, most: 12 },
  ],
  'karaoke-venue': [
    { description: 'Song book licence, month', dollars: 49, most: 3 },
    { description: 'Request kiosk, rental, month', dollars: 22, most: 4 },
    { description: 'Singer app, month', dollars: 35, most: 1 },
    { description: 'SMS credits', dollars: 0.012, most: 5000 },
    { description: 'Stage system, set-up', dollars: 180, most: 2 },
    { description: 'Support during an event, hour', dollars: 55, most: 8 },
  ],
  'platform-customer': [
    { description: 'Application hosting, standard, month', dollars: 120, most: 6 },
    { description: 'Database, 50 GB, month', dollars: 85, most: 3 },
    { description: 'Object storage, GB and month', dollars: 0.023, most: 8000 },
    { description: 'Build minutes', dollars: 0.008, most: 9000 },
    { description: 'Support, hour', dollars: 140, most: 10 },
    { description: 'Custom domain with certificate, year', dollars: 30, most: 5 },
  ],
  'partner-firm': [
    { description: 'Partner portal, month', dollars: 240, most: 1 },
    { description: 'Landing page under two names', dollars: 350, most: 2 },
    { description: 'Certification of a consultant', dollars: 190, most: 5 },
    { description: 'Sandbox tenant, month', dollars: 30, most: 6 },
    { description: 'API calls, thousand', dollars: 0.4, most: 4000 },
    { description: 'Onboarding workshop, day', dollars: 900, most: 2 },
  ],
  'wedding-organizer': [
    { description: 'Guest list, wedding', dollars: 15, most: 20 },
    { description: 'Invitation messages', dollars: 0.012, most: 5000 },
    { description: 'Wedding website, month', dollars: 9, most: 12 },
    { description: 'Photo storage, 100 GB and month', dollars: 6, most: 10 },
    { description: 'Design of a website', dollars: 220, most: 2 },
    { description: 'Dedicated storage, month', dollars: 80, most: 1 },
    { description: 'Storage of films, TB and month', dollars: 28, most: 4 },
  ],
};

/** What is billed together with the plan. */
export const PLAN_EXTRAS: readonly Product[] = [
  { description: 'SMS credits', dollars: 0.012, most: 5000 },
  { description: 'E-mail credits', dollars: 0.0008, most: 20_000 },
  { description: 'Additional location, month', dollars: 12, most: 3 },
  { description: 'Data export', dollars: 25, most: 1 },
];

/** Units of a currency for a dollar, and the step its prices are rounded to: round figures, not a market's rate. */
const CURRENCIES: Readonly<Record<string, readonly [perDollar: number, decimals: number]>> = {
  USD: [1, 2],
  EUR: [0.9, 2],
  INR: [80, 2],
  JPY: [150, 0],
  BHD: [0.375, 3],
};

/**
 * A price as the text of an amount. Prices below a unit of the currency keep four decimals: invoices round amounts, not prices.
 * @throws RangeError for a currency the demo does not use
 */
export function priceIn(currency: string, dollars: number): string {
  const known = CURRENCIES[currency];
  if (known === undefined) throw new RangeError(`The demo has no prices in ${currency}`);
  const [perDollar, decimals] = known;
  const price = dollars * perDollar;
  return price < 1 ? price.toFixed(4) : price.toFixed(decimals);
}
