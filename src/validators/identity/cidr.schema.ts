import { z } from 'zod';
import { readCidr } from '../../utils/cidr.ts';

/** A network in a request; becomes its canonical form. */
export const cidrInput = () =>
  z
    .string()
    .max(49)
    .transform((text, context) => {
      const reading = readCidr(text);
      if ('cidr' in reading) return reading.cidr;
      context.addIssue({ code: 'custom', message: reading.problem });
      return z.NEVER;
    })
    .meta({ example: '203.0.113.0/24' });

/** A network in an answer, in canonical form. */
export const cidr = () => z.string().meta({ example: '203.0.113.0/24' });
