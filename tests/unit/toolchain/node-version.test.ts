import { describe, expect, test } from '@jest/globals';

import { assertNodeVersion } from '../../../scripts/lib/prepare.mjs';

describe('the Node that a checkout is made ready with', () => {
  test.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('may be %s', (version) => {
    expect(() => assertNodeVersion(version)).not.toThrow();
  });

  test.each(['18.20.4', '20.18.9', '16.0.0'])('may not be %s', (version) => {
    expect(() => assertNodeVersion(version)).toThrow(`Node >= 20.19 is needed, this is ${version}.`);
  });
});
