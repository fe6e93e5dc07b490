import { z } from 'zod';
import { currency, currencyInput, moneyInput, percentageInput, timestamp } from '../common/fields.schema.ts';
import { PaymentMethodKindField } from './payment.schema.ts';

const rate = (description: string) => z.string().meta({ description, example: '2' });
const fixed = (description: string) => z.string().meta({ description, example: '3.00' });
const version = () => z.number().int().min(0).meta({ example: 1 });

const schedule = {
  method: PaymentMethodKindField,
  currency: currency(),
  gatewayPercentage: rate('Percent that the gateway takes.'),
  gatewayFixed: fixed('What the gateway takes of each payment besides.'),
  platformPercentage: rate('Percent that the platform takes of collections.'),
  platformFixed: fixed('What the platform takes of each collection besides.'),
  version: version(),
  updatedAt: timestamp(),
};

export const FeeScheduleResponse = z.object(schedule).meta({ id: 'FeeSchedule' });

export const SetFeesRequest = z
  .strictObject({
    method: PaymentMethodKindField,
    currency: currencyInput(),
    gatewayPercentage: percentageInput(),
    gatewayFixed: moneyInput(),
    platformPercentage: percentageInput(),
    platformFixed: moneyInput(),
    version: version().optional().meta({ description: 'Of what the change is made to: 0 before the first one.' }),
  })
  .meta({ id: 'SetFeesRequest' });

export const PaymentSettingsResponse = z
  .object({
    fees: z.array(
      z.object({
        ...schedule,
        inherited: z
          .boolean()
          .meta({ description: "Whether it is the platform's, as the tenant has none.", example: true }),
      }),
    ),
    settlements: z.object({
      cycle: z.enum(['daily', 'weekly', 'monthly', 'manual']).meta({ example: 'weekly' }),
      minimumAmount: z.string().meta({ description: 'Less than that waits for the next time.', example: '500' }),
      holdDays: z.number().int().meta({ description: 'Days after which a payment can be paid out.', example: 3 }),
      automatic: z.boolean().meta({ example: true }),
      version: version(),
    }),
  })
  .meta({ id: 'PaymentSettings' });
