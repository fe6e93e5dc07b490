import { z } from 'zod';
import { id, line, timestamp } from '../common/fields.schema.ts';
import { pageQuery } from '../common/page.schema.ts';
import { cidr, cidrInput } from './cidr.schema.ts';

const action = () => z.enum(['allow', 'deny']).meta({ example: 'deny' });

export const CreateIpRuleRequest = z
  .strictObject({
    action: action(),
    cidr: cidrInput().describe('An IPv4 or IPv6 network, or one address.'),
    note: line(200).nullable().default(null).meta({ example: 'Reported for scraping' }),
  })
  .meta({ id: 'CreateIpRuleRequest' });

export const ListIpRulesQuery = pageQuery(['createdAt'], { action: action().optional() });

export const IpRuleResponse = z
  .object({
    id: id(),
    action: action(),
    cidr: cidr(),
    note: z.string().nullable().meta({ example: 'Reported for scraping' }),
    createdAt: timestamp(),
  })
  .meta({ id: 'IpRule' });
