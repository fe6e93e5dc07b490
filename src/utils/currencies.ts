/**
 * Active currency and fund codes of ISO 4217 (list one, with amendments up to the Bulgarian euro of 2026-01-01) that have a
 * minor unit. Metals, bond units, the SDR and the test codes have none and can't be invoiced in.
 *
 * `Intl` is no substitute: its digits follow CLDR (what cash is handed over in), which differs for 18 codes, such as HUF, IQD and IDR.
 */
const codesByExponent: ReadonlyArray<readonly [exponent: number, codes: string]> = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [
    2,
    `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CNY COP COU
     CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES
     KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR
     NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP
     TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG`,
  ],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const exponents: ReadonlyMap<string, number> = new Map(
  codesByExponent.flatMap(([exponent, codes]) => codes.split(/\s+/).map((code): [string, number] => [code, exponent])),
);

/** Every accepted ISO 4217 code, in alphabetical order. */
export const currencyCodes: readonly string[] = [...exponents.keys()].sort();

/** Whether the text is an accepted ISO 4217 code (upper case). */
export const isCurrencyCode = (text: string): boolean => exponents.has(text);

/**
 * Decimal places of a currency by ISO 4217: 2 for EUR, 0 for JPY, 3 for BHD, 4 for CLF.
 * @throws RangeError for a code that is not in the list
 */
export function currencyExponent(currency: string): number {
  const exponent = exponents.get(currency);
  if (exponent === undefined) throw new RangeError(`${JSON.stringify(currency)} is no ISO 4217 currency code`);
  return exponent;
}
