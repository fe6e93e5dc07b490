/** Whoever can read this file can sign in with these: they are for demos only, and the seed refuses to run in production. */
const PASSWORDS = {
  operator: 'operator-demo-pass',
  owner: 'owner-demo-pass',
  manager: 'manager-demo-pass',
  staff: 'staff-demo-pass',
  /** Of an organization's admin, who signs in at /admin/login. */
  organization: 'organization-demo-pass',
  /** Of everybody else in the demo. */
  everybody: 'everybody-demo-pass',
} as const;

export type DemoPassword = keyof typeof PASSWORDS;

export const demoPasswords: Readonly<Record<DemoPassword, string>> = PASSWORDS;

/** The accounts to try the demo with. */
export const demoLogins: readonly { readonly role: string; readonly email: string; readonly password: string }[] = [
  { role: 'operator', email: 'operator@rowhouse.example', password: PASSWORDS.operator },
  { role: 'owner', email: 'owner@lakeside.example', password: PASSWORDS.owner },
  { role: 'manager', email: 'manager@lakeside.example', password: PASSWORDS.manager },
  { role: 'staff', email: 'staff@lakeside.example', password: PASSWORDS.staff },
  { role: 'organization', email: 'admin@marigold.example', password: PASSWORDS.organization },
];
