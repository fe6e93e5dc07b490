import { crc32, deflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { formWith } from '../../support/forms.ts';
import type { HttpAnswer, HttpClient } from '../../support/http-client.ts';
import { type MadeTenant, type Platform, startPlatform } from './tenancy-fixture.ts';

let platform: Platform;
let tenant: MadeTenant;

beforeAll(async () => {
  platform = await startPlatform();
  tenant = await platform.addTenant();
});

afterAll(() => platform.app.close());

const at = (id: string): string => `/api/tenants/${id}/branding/logo`;
const failure = ({ status, body }: HttpAnswer) => [status, body.error.code];

function upload(client: HttpClient, id: string, bytes: Uint8Array<ArrayBuffer>, name = 'logo.png', type = 'image/png') {
  return client.post(at(id), formWith(name, bytes, type));
}

const picture = (width = 300, height = 200, background = '#cc3300') =>
  sharp({ create: { width, height, channels: 3, background } });

const bytesOf = async (image: Sharp): Promise<Uint8Array<ArrayBuffer>> => new Uint8Array(await image.toBuffer());

const brandingOf = async (id: string) =>
  (
    await platform.app.rows<{ key: string; type: string; version: number }>(
      'select logo_storage_key as key, logo_content_type as type, version from tenant_brandings where tenant_id = $1',
      [id],
    )
  )[0];

const isStored = async (key: string): Promise<boolean> =>
  platform.app.container.infrastructure.gateways.storage.head(key).then(
    () => true,
    () => false,
  );

const pngChunk = (type: string, data: Buffer): Buffer => {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
};

/** A valid PNG of one colour that was never in memory as a whole: black, one bit a pixel. */
function hugePng(width: number, height: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header[8] = 1;
  const rows = deflateSync(Buffer.alloc((1 + Math.ceil(width / 8)) * height), { level: 9 });
  const parts = [
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', rows),
    pngChunk('IEND', Buffer.alloc(0)),
  ];
  return new Uint8Array(Buffer.concat(parts));
}

describe('POST /api/tenants/:id/branding/logo', () => {
  test.each([
    ['png', 'image/png'],
    ['gif', 'image/png'],
    ['jpeg', 'image/webp'],
    ['webp', 'image/webp'],
  ] as const)('draws a %s anew as %s and serves it', async (format, contentType) => {
    const answer = await upload(tenant.owner, tenant.id, await bytesOf(picture().toFormat(format)));
    const served = await tenant.owner.get(at(tenant.id));

    expect(answer.status).toBe(200);
    expect(new URL(answer.body.data.logoUrl).pathname).toBe(at(tenant.id));
    expect([served.status, served.headers.get('content-type')]).toEqual([200, contentType]);
    expect(served.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await sharp(served.bytes).metadata()).toMatchObject({
      format: contentType.slice('image/'.length),
      width: 300,
      height: 200,
    });
  });

  test('goes by content, whatever name and type the upload claims', async () => {
    const jpeg = await bytesOf(picture().jpeg());
    const answer = await upload(tenant.owner, tenant.id, jpeg, '../../etc/passwd.svg', 'image/svg+xml');

    expect(answer.status).toBe(200);
    const branding = await brandingOf(tenant.id);
    expect(branding?.type).toBe('image/webp');
    expect(branding?.key).toMatch(new RegExp(`^tenants/${tenant.id}/branding/logo-[0-9a-f-]{36}\\.webp$`));
  });

  test('takes out what a camera wrote, and turns the picture upright before', async () => {
    const photo = picture(400, 100)
      .withExif({ IFD0: { Copyright: 'Somebody at home' }, IFD3: { GPSLatitude: '12/1 58/1 0/1' } })
      .withMetadata({ orientation: 6 })
      .jpeg();
    const original = await bytesOf(photo);
    expect((await sharp(original).metadata()).exif).toBeDefined();

    await upload(tenant.owner, tenant.id, original);

    const { bytes } = await tenant.owner.get(at(tenant.id));
    const { exif, icc, xmp, orientation, width, height } = await sharp(bytes).metadata();
    expect({ exif, icc, xmp, orientation, width, height }).toEqual({ width: 100, height: 400 });
  });

  test('fits it into 1024 by 1024, and enlarges nothing', async () => {
    await upload(tenant.owner, tenant.id, await bytesOf(picture(3000, 1500).png()));
    const large = await sharp((await tenant.owner.get(at(tenant.id))).bytes).metadata();
    await upload(tenant.owner, tenant.id, await bytesOf(picture(10, 5).png()));
    const small = await sharp((await tenant.owner.get(at(tenant.id))).bytes).metadata();

    expect([large.width, large.height, small.width, small.height]).toEqual([1024, 512, 10, 5]);
  });

  test('takes the first picture of an animation', async () => {
    const frames = await Promise.all(['#ff0000', '#00ff00'].map((color) => picture(20, 20, color).png().toBuffer()));
    const animation = sharp(frames, { join: { animated: true } });
    const gif = await bytesOf(animation.gif({ delay: [100, 100] }));
    expect((await sharp(gif, { animated: true }).metadata()).pages).toBe(2);

    await upload(tenant.owner, tenant.id, gif);

    const { bytes } = await tenant.owner.get(at(tenant.id));
    expect((await sharp(bytes).metadata()).pages ?? 1).toBe(1);
    expect([...(await sharp(bytes).removeAlpha().raw().toBuffer()).subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  test('deletes the former one after the commit, and records what happened', async () => {
    const other = await platform.addTenant();
    await upload(other.owner, other.id, await bytesOf(picture().png()));
    const first = await brandingOf(other.id);
    await other.owner.put(`/api/tenants/${other.id}/branding`, { font: 'lora' });

    const answer = await upload(other.owner, other.id, await bytesOf(picture().webp()));

    const second = await brandingOf(other.id);
    expect(answer.body.data).toMatchObject({ font: 'lora', version: 3 });
    expect([second?.version, second?.key === first?.key]).toEqual([3, false]);
    expect([await isStored(first?.key ?? ''), await isStored(second?.key ?? '')]).toEqual([false, true]);
    expect(
      await platform.app.rows(
        "select changes from audit_entries where tenant_id = $1 and action = 'tenant_branding.logo_replaced' order by occurred_at, id",
        [other.id],
      ),
    ).toMatchObject([
      { changes: { before: { logo: null }, after: { logo: { key: first?.key } } } },
      { changes: { before: { logo: { key: first?.key } }, after: { logo: { key: second?.key } } } },
    ]);
  });

  test('of several at a time one stays, and no object is left over', async () => {
    const other = await platform.addTenant();
    const pictures = await Promise.all([1, 2, 3, 4].map((size) => bytesOf(picture(size * 10, size * 10).png())));

    const answers = await Promise.all(pictures.map((bytes) => upload(other.owner, other.id, bytes)));

    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const entries = await platform.app.rows<{ key: string }>(
      "select changes #>> '{after,logo,key}' as key from audit_entries where tenant_id = $1 and action = 'tenant_branding.logo_replaced'",
      [other.id],
    );
    const stored: string[] = [];
    for (const { key } of entries) if (await isStored(key)) stored.push(key);
    expect(stored).toEqual([(await brandingOf(other.id))?.key]);
    expect((await brandingOf(other.id))?.version).toBe(4);
  });

  describe('refuses, and leaves everything as it was,', () => {
    const refusals: ReadonlyArray<[string, () => Promise<Uint8Array<ArrayBuffer>>, unknown[]]> = [
      [
        'an SVG',
        async () => new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'),
        [422, 'IMAGE_TYPE_UNSUPPORTED'],
      ],
      ['a TIFF', () => bytesOf(picture().tiff()), [422, 'IMAGE_TYPE_UNSUPPORTED']],
      ['an AVIF', () => bytesOf(picture(16, 16).avif()), [422, 'IMAGE_TYPE_UNSUPPORTED']],
      ['text', async () => new TextEncoder().encode('nothing to see'), [422, 'IMAGE_TYPE_UNSUPPORTED']],
      ['nothing', async () => new Uint8Array(), [422, 'IMAGE_TYPE_UNSUPPORTED']],
      ['a cut-off PNG', async () => (await bytesOf(picture().png())).subarray(0, 200), [422, 'IMAGE_UNREADABLE']],
      [
        'a cut-off JPEG',
        async () => (await bytesOf(picture(900, 900).jpeg())).subarray(0, 900),
        [422, 'IMAGE_UNREADABLE'],
      ],
      ['a head without a body', async () => new Uint8Array(Buffer.from('GIF89a')), [422, 'IMAGE_UNREADABLE']],
      ['100 megapixels', async () => hugePng(10_000, 10_000), [422, 'IMAGE_TOO_LARGE']],
      ['a pixel too many', async () => hugePng(5000, 5001), [422, 'IMAGE_TOO_LARGE']],
      ['5 MB and a byte', async () => new Uint8Array(5_000_001), [422, 'IMAGE_TOO_LARGE']],
    ];

    test.each(refusals)('%s', async (_what, make, expected) => {
      const other = await platform.addTenant();

      expect(failure(await upload(other.owner, other.id, await make()))).toEqual(expected);

      expect(await brandingOf(other.id)).toBeUndefined();
      expect(failure(await other.owner.get(at(other.id)))).toEqual([404, 'BRANDING_LOGO_NOT_FOUND']);
    });

    test('a bomb of 900 megapixels, without taking the memory for it', async () => {
      const bomb = hugePng(30_000, 30_000);
      expect(bomb.byteLength).toBeLessThan(1_000_000);
      const before = process.memoryUsage().rss;

      expect(failure(await upload(tenant.owner, tenant.id, bomb))).toEqual([422, 'IMAGE_TOO_LARGE']);

      expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
    });

    test('a form without the field', async () => {
      const form = new FormData();
      form.append('image', new Blob([await bytesOf(picture().png())]), 'logo.png');
      expect(failure(await tenant.owner.post(at(tenant.id), form))).toEqual([400, 'VALIDATION_FAILED']);
    });
  });

  test('25 megapixels are taken', async () => {
    expect((await upload(tenant.owner, tenant.id, hugePng(5000, 5000))).status).toBe(200);
  });
});

describe('the wall', () => {
  test('nobody else uploads or sees a logo', async () => {
    const other = await platform.addTenant();
    const staff = await platform.addMember(tenant.id, 'staff');
    const png = await bytesOf(picture().png());
    await upload(tenant.owner, tenant.id, png);
    const before = await brandingOf(tenant.id);

    expect(failure(await upload(platform.app.http, tenant.id, png))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await upload(staff, tenant.id, png))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await upload(other.owner, tenant.id, png))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect(failure(await platform.app.http.get(at(tenant.id)))).toEqual([401, 'UNAUTHENTICATED']);
    expect(failure(await other.owner.get(at(tenant.id)))).toEqual([404, 'TENANT_NOT_FOUND']);
    expect((await staff.get(at(tenant.id))).status).toBe(200);
    expect((await platform.operator.get(at(tenant.id))).status).toBe(200);
    expect(await brandingOf(tenant.id)).toEqual(before);
  });

  test('a logo whose object has gone is none', async () => {
    const other = await platform.addTenant();
    await upload(other.owner, other.id, await bytesOf(picture().png()));
    await platform.app.container.infrastructure.gateways.storage.delete((await brandingOf(other.id))?.key ?? '');

    expect(failure(await other.owner.get(at(other.id)))).toEqual([404, 'BRANDING_LOGO_NOT_FOUND']);
  });
});
