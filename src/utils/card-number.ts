const DIGITS = /\d(?:[ -]?\d){12,18}/g;

/** Whether a text holds what may be the number of a card: 13 to 19 digits with the check digit of ISO/IEC 7812-1. */
export const holdsCardNumber = (text: string): boolean =>
  (text.match(DIGITS) ?? []).some((run) => hasCheckDigit(run.replace(/[ -]/g, '')));

/** Luhn: every second digit from the right counts double, and the digits of all come to a multiple of ten. */
function hasCheckDigit(number: string): boolean {
  const sum = [...number].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 1 : 2);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}
