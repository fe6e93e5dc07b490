import { describe, expect, test } from '@jest/globals';
import { stateAfter, subscriptionActions } from '../../../src/services/billing/subscription-states.ts';

/** Written by hand: what each action makes of each state, and null where it is refused. */
const table = {
  //                trialing    active      past_due    paused      canceled
  renew: ['active', 'active', 'past_due', null, null],
  change: ['trialing', 'active', null, null, null],
  pause: [null, 'paused', null, null, null],
  resume: [null, null, null, 'active', null],
  schedule_cancel: ['trialing', 'active', 'past_due', null, null],
  revoke_cancel: ['trialing', 'active', 'past_due', null, null],
  cancel: ['canceled', 'canceled', 'canceled', 'canceled', null],
  mark_past_due: [null, 'past_due', null, null, null],
  recover: [null, null, 'active', null, null],
} as const;

const states = ['trialing', 'active', 'past_due', 'paused', 'canceled'] as const;

test('the table has every action', () => {
  expect(Object.keys(table)).toEqual([...subscriptionActions]);
});

describe.each(subscriptionActions)('%s', (action) => {
  test.each(states.map((state, index) => [state, table[action][index]] as const))(
    'of %s leads to %s',
    (state, next) => {
      expect(stateAfter(state, action)).toBe(next);
    },
  );
});
