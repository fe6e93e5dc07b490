const RUN_OF_DIGITS = /[0-9](?:[ \u00a0\u2009\u202f\-\u2010-\u2015]?[0-9]){12,}/g;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const SEPARATOR = /[^0-9]+/;
const SHORTEST = 13;
const LONGEST = 19;

/** The check digit of ISO/IEC 7812-1. */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index]);
    const weighed = index % 2 === 0 ? digit : digit * 2;
    sum += weighed > 9 ? weighed - 9 : weighed;
  }
  return sum % 10 === 0;
}

const isNumber = (digits: string): boolean =>
  digits.length >= SHORTEST && digits.length <= LONGEST && /^[2-6]/.test(digits) && passesLuhn(digits);

/** Digits in groups, such as "4111 1111 1111 1111 12/29": any of the groups that follow each other may be the number. */
function hasNumber(run: string): boolean {
  const groups = run.split(SEPARATOR);
  return groups.some((_group, first) => {
    let digits = '';
    for (const group of groups.slice(first)) {
      digits += group;
      if (isNumber(digits)) return true;
      if (digits.length > LONGEST) return false;
    }
    return false;
  });
}

/**
 * Whether a text has what looks like the number of a card: 13 to 19 digits with a right check digit, as they are or in groups.
 * It may take another number for one, and is for fields in which none of such length is expected.
 */
export function hasCardNumber(text: string): boolean {
  if (text.length < SHORTEST || UUID.test(text)) return false;
  return (text.match(RUN_OF_DIGITS) ?? []).some(hasNumber);
}

/** Every such number of a text replaced by a mark, for what is written down. */
export const withoutCardNumbers = (text: string): string =>
  text.length < SHORTEST ? text : text.replace(RUN_OF_DIGITS, (run) => (hasNumber(run) ? '[card number]' : run));
