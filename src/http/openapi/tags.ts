/** The groups that the documents sort operations into. */
export const tagDescriptions: Readonly<Record<string, string>> = {
  Audit: 'Who changed what, when and from where, in a chain that shows tampering.',
  Authentication: 'Signing in and out, sessions and tokens.',
  Invoices: 'Invoices from draft to document.',
  Operation: 'Health, metrics and these documents.',
  Plans: 'What tenants can subscribe to.',
  Tenants: 'The tenants of the platform and their state.',
};
