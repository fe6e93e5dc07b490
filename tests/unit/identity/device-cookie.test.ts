import { randomBytes } from 'node:crypto';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { createDeviceCookies } from '../../../src/services/identity/device-cookie.ts';
import type { CookieJar, CookieToSet } from '../../../src/types/cookie-jar.ts';

const DAY_MS = 86_400_000;
const ALICE = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e11';
const BOB = '0199a0c2-7d2e-7c3b-9a51-0f5d6c2b8e12';

const aKey = (kid: string) => ({ kid, secret: randomBytes(32) });
const ring = [aKey('one')];

let now = new Date('2026-11-20T09:30:00Z');
beforeEach(() => {
  now = new Date('2026-11-20T09:30:00Z');
});

const cookiesWith = (keys = ring, url = 'http://localhost:3000') =>
  createDeviceCookies({ settings: { PUBLIC_URL: url, ENCRYPTION_KEYS: keys }, clock: { now: () => now } });

/** A browser that keeps what it is sent. */
function aBrowser(start: Record<string, string> = {}) {
  const cookies = new Map(Object.entries(start));
  const sent: CookieToSet[] = [];
  const jar: CookieJar = {
    get: (name) => cookies.get(name),
    set: (cookie) => {
      sent.push(cookie);
      cookies.set(cookie.name, cookie.value);
    },
  };
  return { ...jar, sent, value: () => cookies.get('rowhouse_device') ?? '' };
}

describe('a device cookie', () => {
  test('is recognized for whom it was made, and for nobody else', () => {
    const devices = cookiesWith();
    const browser = aBrowser();
    expect(devices.recognize(browser, ALICE)).toBeNull();
    devices.remember(browser, ALICE);
    expect(devices.recognize(browser, ALICE)).toMatch(/^[A-Za-z0-9_-]{22}$/);
    expect(devices.recognize(browser, BOB)).toBeNull();
    expect(browser.value()).not.toContain(ALICE);
    expect(browser.sent).toEqual([
      { name: 'rowhouse_device', value: browser.value(), maxAge: 365 * 86_400, path: '/' },
    ]);
  });

  test('is bound to the host where browsers come by https', () => {
    const browser = aBrowser();
    cookiesWith(ring, 'https://rowhouse.example').remember(browser, ALICE);
    expect(browser.sent.map(({ name }) => name)).toEqual(['__Host-rowhouse_device']);
  });

  test('knows several people of one browser, and keeps the name it gave each of them', () => {
    const devices = cookiesWith();
    const browser = aBrowser();
    devices.remember(browser, ALICE);
    devices.remember(browser, BOB);
    const names = [devices.recognize(browser, ALICE), devices.recognize(browser, BOB)];
    expect(new Set(names).size).toBe(2);
    devices.remember(browser, ALICE);
    expect([devices.recognize(browser, ALICE), devices.recognize(browser, BOB)]).toEqual(names);
    expect(browser.value().split('~')).toHaveLength(2);
  });

  test('forgets the person who has not been there for longest once there are more than eight', () => {
    const devices = cookiesWith();
    const browser = aBrowser();
    const people = Array.from({ length: 9 }, (_none, index) => `person-${index}`);
    people.forEach((person) => {
      devices.remember(browser, person);
    });
    expect(people.map((person) => devices.recognize(browser, person) !== null)).toEqual([
      false,
      ...Array.from({ length: 8 }, () => true),
    ]);
    expect(browser.value().length).toBeLessThan(1000);
  });

  test('lasts a year from the last sign-in', () => {
    const devices = cookiesWith();
    const browser = aBrowser();
    devices.remember(browser, ALICE);
    now = new Date(now.getTime() + 365 * DAY_MS);
    expect(devices.recognize(browser, ALICE)).not.toBeNull();
    now = new Date(now.getTime() + 1000);
    expect(devices.recognize(browser, ALICE)).toBeNull();
  });

  test('outlives a rotation of the keys, and not the removal of its own', () => {
    const browser = aBrowser();
    cookiesWith().remember(browser, ALICE);
    const rotated = [aKey('two'), ...ring];
    expect(cookiesWith(rotated).recognize(browser, ALICE)).not.toBeNull();
    cookiesWith(rotated).remember(browser, ALICE);
    expect(cookiesWith(rotated.slice(0, 1)).recognize(browser, ALICE)).not.toBeNull();
    expect(cookiesWith().recognize(browser, ALICE)).toBeNull();
  });

  test('is worth nothing once a character of it has been changed', () => {
    const devices = cookiesWith();
    const browser = aBrowser();
    devices.remember(browser, ALICE);
    const value = browser.value();
    const changed = [...value].map((character, at) => {
      const other = character === 'A' ? 'B' : 'A';
      return `${value.slice(0, at)}${other}${value.slice(at + 1)}`;
    });
    const spellings = changed.filter((text) => devices.recognize(aBrowser({ rowhouse_device: text }), ALICE) !== null);
    expect(spellings).toEqual([]);
  });

  test.each([
    ['nothing', ''],
    ['separators', '~~~'],
    ['other parts', 'a.b.c'],
    ['a signature of nobody', `${'A'.repeat(22)}.1.${'A'.repeat(43)}`],
    ['too much', 'x'.repeat(100_000)],
    ['a character beyond ASCII', '\u{1f600}'],
  ])('made up of %s is passed over', (_what, value) => {
    const devices = cookiesWith();
    const browser = aBrowser({ rowhouse_device: value });
    expect(devices.recognize(browser, ALICE)).toBeNull();
    devices.remember(browser, ALICE);
    expect(devices.recognize(browser, ALICE)).not.toBeNull();
    expect(browser.value().length).toBeLessThan(1000);
  });
});
