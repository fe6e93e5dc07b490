import { expect, test } from '@jest/globals';
import sharp from 'sharp';
import { AppError } from '../../../src/errors/app-error.ts';
import { createLogoImages } from '../../../src/services/tenancy/logo-image.ts';

test('one is drawn at a time, ten wait for their turn, and others are told to come again', async () => {
  const { redraw } = createLogoImages();
  const png = await sharp({ create: { width: 40, height: 40, channels: 3, background: '#cc3300' } })
    .png()
    .toBuffer();

  const results = await Promise.allSettled(Array.from({ length: 13 }, () => redraw(png)));

  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(11);
  const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refusals.map((error) => error instanceof AppError && error.code)).toEqual([
    'IMAGE_PROCESSING_BUSY',
    'IMAGE_PROCESSING_BUSY',
  ]);
  expect((await redraw(png)).contentType).toBe('image/png');
});
