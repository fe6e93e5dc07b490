import { createIds } from './ids.ts';

/** The taxes that the demo's operator charges by default. */
const RATES = [
  { name: 'GST 18 %', kind: 'gst', country: 'IN', percentage: '18' },
  { name: 'GST 5 %', kind: 'gst', country: 'IN', percentage: '5' },
  { name: 'VAT', kind: 'vat', country: 'DE', percentage: '19' },
  { name: 'VAT', kind: 'vat', country: 'IT', percentage: '22' },
  { name: 'VAT', kind: 'vat', country: 'NL', percentage: '21' },
] as const;

/** One a second, so that the first of a country is its default. */
export function makeTaxRates(anchor: Date) {
  const nextId = createIds('tax_rates');
  return RATES.map((rate, index) => {
    const createdAt = new Date(anchor.getTime() - (RATES.length - index) * 1000).toISOString();
    return { id: nextId(), ...rate, createdAt, updatedAt: createdAt };
  });
}
