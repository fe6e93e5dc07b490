import { SECRET_PLACEHOLDER } from './email-delivery.service.ts';
import type { EmailContent } from './email-layout.ts';

/** An e-mail's words; who signs it is the same for all. */
export type AccountEmailContent = Omit<EmailContent, 'signature'> & { readonly subject: string };

/** Where people end up who follow a link. */
export type AccountPage = 'verify-email' | 'reset-password' | 'magic-link' | 'accept-invitation';

/** Where something happened from. */
export interface DeviceFacts {
  readonly ipAddress: string | null;
  readonly userAgent: string | null;
  readonly at: string;
}

const IGNORE = 'If this was not you, you need not do anything: nobody gets in without this e-mail.';
const ALARM = 'If this was not you, reset your password at once and look through your sessions.';

/** The secret stands behind the #: browsers send that to no server, and no log keeps it. */
export const linkTo = (accountUrl: string, page: AccountPage): string =>
  `${accountUrl}/${page}#token=${SECRET_PLACEHOLDER}`;

const timeInWords = (at: string): string =>
  new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short', timeZone: 'UTC' }).format(new Date(at));

const deviceTable = ({ ipAddress, userAgent, at }: DeviceFacts): (readonly [string, string])[] => [
  ['Time', `${timeInWords(at)} UTC`],
  ['Address', ipAddress ?? 'unknown'],
  ['Device', userAgent ?? 'unknown'],
];

export const verification = (name: string, url: string): AccountEmailContent => ({
  subject: 'Confirm your e-mail address',
  title: 'Confirm your e-mail address',
  paragraphs: [
    `Hello ${name},`,
    'please confirm that this address is yours. The link is good for 24 hours and for one use.',
    'If you have not signed up, ignore this e-mail: without it the account can not be used.',
  ],
  action: { label: 'Confirm address', url },
});

export const repeatedSignUp = (name: string): AccountEmailContent => ({
  subject: 'You have an account already',
  title: 'You have an account already',
  paragraphs: [
    `Hello ${name},`,
    'somebody, probably you, has tried to sign up with this address. It has an account already, and nothing has been changed.',
    'Sign in as usual. If you have forgotten your password, ask for a new one on the sign-in page.',
  ],
});

export const passwordReset = (name: string, url: string): AccountEmailContent => ({
  subject: 'Choose a new password',
  title: 'Choose a new password',
  paragraphs: [
    `Hello ${name},`,
    'with this link you can choose a new password. It is good for 10 minutes and for one use. Until then your old password stays.',
    IGNORE,
  ],
  action: { label: 'Choose a new password', url },
});

export const magicLink = (name: string, url: string): AccountEmailContent => ({
  subject: 'Your link to sign in',
  title: 'Sign in',
  paragraphs: [
    `Hello ${name},`,
    'this link signs you in, once, within 10 minutes. Opened in another browser than the one you asked from, it wants the code which that one shows.',
    IGNORE,
  ],
  action: { label: 'Sign in', url },
});

export const passwordChanged = (name: string, at: string): AccountEmailContent => ({
  subject: 'Your password has been changed',
  title: 'Your password has been changed',
  paragraphs: [`Hello ${name},`, 'your password has been changed, and your other sessions have ended.', ALARM],
  facts: [['Time', `${timeInWords(at)} UTC`]],
});

export const twoFactorEnabled = (name: string, at: string): AccountEmailContent => ({
  subject: 'Two-factor sign-in is on',
  title: 'Two-factor sign-in is on',
  paragraphs: [
    `Hello ${name},`,
    'from now on signing in takes a code of your authenticator. Keep your recovery codes where you find them without it.',
    ALARM,
  ],
  facts: [['Time', `${timeInWords(at)} UTC`]],
});

export const twoFactorDisabled = (name: string, at: string): AccountEmailContent => ({
  subject: 'Two-factor sign-in is off',
  title: 'Two-factor sign-in is off',
  paragraphs: [`Hello ${name},`, 'signing in takes no code any more: your password is enough.', ALARM],
  facts: [['Time', `${timeInWords(at)} UTC`]],
});

function whatIsLeft(codes: number): string {
  if (codes === 0) return 'It was the last one: make new ones now.';
  return codes === 1 ? 'One is left.' : `${codes} are left.`;
}

export const recoveryCodeUsed = (name: string, remaining: number): AccountEmailContent => ({
  subject: 'A recovery code has been used',
  title: 'A recovery code has been used',
  paragraphs: [
    `Hello ${name},`,
    `one of your recovery codes has been used in place of a code of your authenticator. ${whatIsLeft(remaining)}`,
    ALARM,
  ],
});

export const signInsThrottled = (name: string): AccountEmailContent => ({
  subject: 'Somebody tries to guess your password',
  title: 'Somebody tries to guess your password',
  paragraphs: [
    `Hello ${name},`,
    'there have been several attempts to sign in to your account with a wrong password. Further ones from unknown devices have to wait.',
    'You need not do anything: browsers in which you have signed in before go on working, and your account has not been opened.',
  ],
});

export const secondFactorThrottled = (name: string): AccountEmailContent => ({
  subject: 'Wrong codes for your second factor',
  title: 'Wrong codes for your second factor',
  paragraphs: [
    `Hello ${name},`,
    'several wrong codes have been entered for your second factor, by somebody who had got past your password or was in one of your sessions. Further ones have to wait.',
    'If this was not you, somebody knows your password: reset it at once and end your other sessions.',
  ],
});

export const sessionReused = (name: string): AccountEmailContent => ({
  subject: 'One of your sessions has been ended',
  title: 'One of your sessions has been ended',
  paragraphs: [
    `Hello ${name},`,
    'a key of one of your sessions was used twice, as happens when somebody has copied it. The session has been ended on all sides.',
    'Sign in again. If you see this more than once, change your password and check the device for software that is not yours.',
  ],
});

export const newDevice = (name: string, device: DeviceFacts): AccountEmailContent => ({
  subject: 'A new device has signed in',
  title: 'A new device has signed in',
  paragraphs: [`Hello ${name},`, 'somebody has signed in to your account from a browser that we had not seen.', ALARM],
  facts: deviceTable(device),
});

export const operatorInvited = (name: string, url: string): AccountEmailContent => ({
  subject: 'You have been made an operator',
  title: 'Welcome to the operators',
  paragraphs: [
    `Hello ${name},`,
    'an account has been made for you with which you can run this installation. Choose a password to begin. The link is good for 7 days and for one use.',
  ],
  action: { label: 'Choose a password', url },
});

export interface InvitationFacts {
  readonly tenantName: string;
  readonly inviterName: string;
  readonly role: string;
}

export const invitation = ({ tenantName, inviterName, role }: InvitationFacts, url: string): AccountEmailContent => ({
  subject: `${inviterName} invites you to ${tenantName}`,
  title: `Join ${tenantName}`,
  paragraphs: [
    'Hello,',
    `${inviterName} invites you to work with ${tenantName}. The link is good for 7 days and for one use.`,
    'If you do not know them, ignore this e-mail.',
  ],
  facts: [
    ['Organisation', tenantName],
    ['Role', role],
  ],
  action: { label: 'Accept', url },
});

export interface ImpersonationNotice {
  readonly impersonatorName: string;
  readonly userName: string;
  readonly reason: string;
  readonly mode: 'read_only' | 'full';
  readonly createdAt: string;
  readonly expiresAt: string;
}

export const impersonationStarted = (name: string, notice: ImpersonationNotice): AccountEmailContent => ({
  subject: `An operator works in the place of ${notice.userName}`,
  title: `An operator works in the place of ${notice.userName}`,
  paragraphs: [
    `Hello ${name},`,
    `${notice.impersonatorName} has begun to work in your organisation in the place of ${notice.userName}. Whatever they do stands in your audit log under both names.`,
  ],
  facts: [
    ['Reason', notice.reason],
    ['May', notice.mode === 'read_only' ? 'look, and change nothing' : 'look and change'],
    ['From', `${timeInWords(notice.createdAt)} UTC`],
    ['Until', `${timeInWords(notice.expiresAt)} UTC`],
  ],
});
