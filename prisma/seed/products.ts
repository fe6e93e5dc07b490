import type { TenantKind } from './tenant-list.ts';

/** Something that can stand on an invoice. */
export interface Product {
  readonly description: string;
  /** In US dollars; `priceIn` gives it in the tenant's currency. */
  readonly dollars: number;
  readonly most: number;
}

/** What tenants of a kind sell, and to whom. */
interface Trade {
  readonly products: readonly Product[];
  readonly customers: readonly string[];
}

export const TRADES: Readonly<Record<TenantKind, Trade>> = {
  'study-library': {
    products: [
      { description: 'Reading room, reserved seat, month', dollars: 14, most: 40 },
      { description: 'Silent cabin, day', dollars: 3.5, most: 20 },
      { description: 'Group room, hour', dollars: 4.2, most: 24 },
      { description: 'Locker, month', dollars: 2.4, most: 30 },
      { description: 'Mock examination, seat', dollars: 6, most: 60 },
      { description: 'Printing, page', dollars: 0.05, most: 900 },
      { description: 'Night hall, seat, month', dollars: 18, most: 25 },
    ],
    customers: [
      'Kaveri Coaching Centre',
      'Sunrise Civil Services Academy',
      'Nalanda Tutorials',
      'Bright Path Foundation',
      'Tungabhadra Engineering College',
      'Green Park Residents’ Association',
      'Chandrika Book House',
      'Lotus Accountancy Classes',
    ],
  },
  'karaoke-venue': {
    products: [
      { description: 'Private room, evening', dollars: 180, most: 4 },
      { description: 'Song book licence, month', dollars: 49, most: 3 },
      { description: 'Sound engineer, hour', dollars: 55, most: 8 },
      { description: 'Catering, guest', dollars: 24, most: 60 },
      { description: 'Second microphone set, evening', dollars: 15, most: 6 },
      { description: 'Competition night, entry', dollars: 10, most: 40 },
    ],
    customers: [
      'Blue Crane Logistics',
      'Halsted Street Choir',
      'Maple & Finch Architects',
      'Orbit Robotics',
      'Riverside Dental Group',
      'Saturday Singers Club',
    ],
  },
  'platform-customer': {
    products: [
      { description: 'Application hosting, standard, month', dollars: 120, most: 6 },
      { description: 'Database, 50 GB, month', dollars: 85, most: 3 },
      { description: 'Object storage, GB and month', dollars: 0.023, most: 8000 },
      { description: 'Build minutes', dollars: 0.008, most: 9000 },
      { description: 'Support, hour', dollars: 140, most: 10 },
      { description: 'Custom domain with certificate, year', dollars: 30, most: 5 },
    ],
    customers: [
      'Tidewater Analytics',
      'Birkenfeld Maschinenbau',
      'Polder Insurance',
      'Sola Energy Cooperative',
      'Quill Media',
    ],
  },
  'partner-firm': {
    products: [
      { description: 'Commission, new customers, month', dollars: 640, most: 3 },
      { description: 'Onboarding workshop, day', dollars: 900, most: 2 },
      { description: 'Data migration, hour', dollars: 95, most: 24 },
      { description: 'Co-marketing contribution', dollars: 350, most: 1 },
      { description: 'First-line support, month', dollars: 420, most: 1 },
    ],
    customers: [
      'Gulf Reading Rooms',
      'Delta Events Agency',
      'Amstel Study Spaces',
      'Muharraq Community Library',
      'Sing House Group',
    ],
  },
  'wedding-organizer': {
    products: [
      { description: 'Venue, full day', dollars: 1800, most: 2 },
      { description: 'Floral decoration', dollars: 620, most: 1 },
      { description: 'Dinner, guest', dollars: 22, most: 350 },
      { description: 'Live band, evening', dollars: 750, most: 1 },
      { description: 'Photography and album', dollars: 980, most: 1 },
      { description: 'Guest shuttle, trip', dollars: 65, most: 12 },
      { description: 'Invitation cards, printed', dollars: 1.6, most: 400 },
    ],
    customers: [
      'Families Kapoor and Mathur',
      'Families Conti and Neri',
      'Families Shekhawat and Rathore',
      'Families Bianchi and Sala',
      'Rambagh Palace Banquets',
      'Studio Fiori Bianchi',
    ],
  },
};

/** What Rowhouse itself charges besides the plan. */
export const PLATFORM_PRODUCTS: readonly Product[] = [
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
