import { daysBefore } from './calendar.ts';
import { createIds } from './ids.ts';

const PRICE_LIST = [
  {
    code: 'starter',
    name: 'Starter',
    description: 'One location and a small team.',
    currency: 'INR',
    monthlyPrice: '1499.00',
    annualPrice: '14990.00',
    trialDays: 14,
    features: ['One location', 'Invoices and receipts', 'E-mail support'],
    limits: { users: 25, locations: 1 },
  },
  {
    code: 'growth',
    name: 'Growth',
    description: 'For houses with more than one location.',
    currency: 'INR',
    monthlyPrice: '4999.00',
    annualPrice: '49990.00',
    trialDays: 14,
    features: ['Ten locations', 'SMS and WhatsApp', 'Roles of your own', 'Priority support'],
    limits: { users: 500, locations: 10 },
  },
  {
    code: 'world',
    name: 'World',
    description: 'The same outside India, in dollars.',
    currency: 'USD',
    monthlyPrice: '79.00',
    annualPrice: '790.00',
    trialDays: 14,
    features: ['Ten locations', 'SMS', 'Roles of your own', 'Priority support'],
    limits: { users: 500, locations: 10 },
  },
  {
    code: 'enterprise',
    name: 'Enterprise',
    description: 'Dedicated storage, an agreement of your own and a named contact.',
    currency: 'USD',
    monthlyPrice: '499.00',
    annualPrice: '4990.00',
    trialDays: 0,
    features: ['Unlimited locations', 'Dedicated storage', 'Single sign-on', 'Named contact'],
    limits: { users: 5000, locations: 1000 },
  },
] as const;

export type PlanCode = (typeof PRICE_LIST)[number]['code'];

/** The price list, older than every tenant. */
export function makePlans(anchor: Date) {
  const nextId = createIds('plans');
  const createdAt = daysBefore(anchor, 900).toISOString();
  return PRICE_LIST.map((plan) => ({ id: nextId(), ...plan, createdAt, updatedAt: createdAt }));
}

export type PlanRow = ReturnType<typeof makePlans>[number];
