import { BulkheadRejectedError, bulkhead } from 'cockatiel';
import sharp from 'sharp';
import { AppError, appError } from '../../errors/app-error.ts';

/** An image that was made here: it holds pixels and nothing that came with the upload. */
export interface LogoImage {
  readonly body: Buffer;
  readonly contentType: 'image/png' | 'image/webp';
  readonly extension: 'png' | 'webp';
}

const MOST_PIXELS = 25_000_000;
const LONGEST_SIDE = 1024;
const MOST_SECONDS = 15;

/** An image of the most pixels takes 100 MB while it is decoded, so one is worked on at a time. */
const MOST_AT_ONCE = 1;
const MOST_WAITING = 10;

const LOSSLESS = ['png', 'gif'] as const;
const LOSSY = ['jpeg', 'webp'] as const;

type ImageFormat = (typeof LOSSLESS)[number] | (typeof LOSSY)[number];

/** What a file says it is by its first bytes; names and declared types prove nothing. */
function formatOf(bytes: Buffer): ImageFormat | null {
  const head = bytes.toString('latin1', 0, 12);
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (head.startsWith('GIF87a') || head.startsWith('GIF89a')) return 'gif';
  if (head.startsWith('RIFF') && head.endsWith('WEBP')) return 'webp';
  return null;
}

const isLossless = (format: ImageFormat): boolean => LOSSLESS.some((lossless) => lossless === format);

/** Reads the header alone, which needs no memory for pixels. */
async function assertSize(bytes: Buffer): Promise<void> {
  const { width, height } = await sharp(bytes, { limitInputPixels: false, failOn: 'error' }).metadata();
  if (width * height > MOST_PIXELS) {
    throw appError('IMAGE_TOO_LARGE', { details: { width, height, mostPixels: MOST_PIXELS } });
  }
}

async function encode(bytes: Buffer, format: ImageFormat): Promise<LogoImage> {
  const image = sharp(bytes, { limitInputPixels: MOST_PIXELS, failOn: 'error', sequentialRead: true })
    .timeout({ seconds: MOST_SECONDS })
    .autoOrient()
    .resize({ width: LONGEST_SIDE, height: LONGEST_SIDE, fit: 'inside', withoutEnlargement: true });
  return isLossless(format)
    ? { body: await image.png({ compressionLevel: 9 }).toBuffer(), contentType: 'image/png', extension: 'png' }
    : { body: await image.webp({ quality: 90 }).toBuffer(), contentType: 'image/webp', extension: 'webp' };
}

export type LogoImages = ReturnType<typeof createLogoImages>;

export function createLogoImages() {
  const turns = bulkhead(MOST_AT_ONCE, MOST_WAITING);

  const encodeInTurn = async (bytes: Buffer, format: ImageFormat): Promise<LogoImage> => {
    try {
      return await turns.execute(async () => {
        await assertSize(bytes);
        return await encode(bytes, format);
      });
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      if (cause instanceof BulkheadRejectedError) throw appError('IMAGE_PROCESSING_BUSY', { cause });
      throw appError('IMAGE_UNREADABLE', { cause });
    }
  };

  return {
    /**
     * Draws an uploaded image anew: upright, within 1024 by 1024 pixels, without what a camera or an editor wrote into it, and
     * the first picture of an animation. What is lossless becomes a PNG, the rest a WebP.
     * @throws AppError IMAGE_TYPE_UNSUPPORTED, IMAGE_TOO_LARGE above 25 megapixels, IMAGE_UNREADABLE, IMAGE_PROCESSING_BUSY
     */
    async redraw(bytes: Buffer): Promise<LogoImage> {
      const format = formatOf(bytes);
      if (format === null) throw appError('IMAGE_TYPE_UNSUPPORTED');
      return encodeInTurn(bytes, format);
    },
  };
}
