/** What a mailed secret lets its holder do. */
export type OneTimeTokenPurpose =
  | 'email_verification'
  | 'password_reset'
  | 'magic_link'
  | 'invitation'
  | 'operator_invitation';
