import { join } from 'node:path';
import type { Environment } from '../config/environment.ts';
import type { EmailGateway } from '../gateways/email/email.gateway.ts';
import { createFileEmailGateway } from '../gateways/email/file-email.gateway.ts';
import { createSmtpEmailGateway } from '../gateways/email/smtp-email.gateway.ts';
import { createFilesystemStorageGateway } from '../gateways/storage/filesystem-storage.gateway.ts';
import { createS3StorageGateway } from '../gateways/storage/s3-storage.gateway.ts';
import type { StorageGateway } from '../gateways/storage/storage.gateway.ts';
import type { Clock } from '../types/clock.ts';
import { createPaymentGateways, type PaymentGateways } from './payment-gateways.ts';

/** The outside world: a real driver where it is configured, otherwise a local one that needs no account. */
export interface Gateways {
  readonly email: EmailGateway;
  readonly storage: StorageGateway;
  readonly payments: PaymentGateways;
}

export const createGateways = (settings: Environment, clock: Clock): Gateways => ({
  email:
    settings.SMTP_URL === undefined
      ? createFileEmailGateway({ directory: join(settings.VAR_DIRECTORY, 'outbox') })
      : createSmtpEmailGateway({ url: settings.SMTP_URL }),
  storage: createStorage(settings),
  payments: createPaymentGateways(settings, clock),
});

function createStorage(settings: Environment): StorageGateway {
  const { S3_BUCKET: bucket, S3_ACCESS_KEY_ID: accessKeyId, S3_SECRET_ACCESS_KEY: secretAccessKey } = settings;
  if (bucket === undefined)
    return createFilesystemStorageGateway({ rootDirectory: join(settings.VAR_DIRECTORY, 'storage') });
  return createS3StorageGateway({
    bucket,
    region: settings.S3_REGION,
    endpoint: settings.S3_ENDPOINT,
    forcePathStyle: settings.S3_FORCE_PATH_STYLE,
    ...(accessKeyId !== undefined &&
      secretAccessKey !== undefined && { credentials: { accessKeyId, secretAccessKey } }),
  });
}
