import { z } from 'zod';
import { id, timestamp } from '../common/fields.schema.ts';
import { pageQuery, search } from '../common/page.schema.ts';

export const ListFilesQuery = pageQuery(['createdAt', 'name', 'size'], { search: search() });

export const FileResponse = z
  .object({
    id: id(),
    name: z.string().meta({ example: 'house-rules.pdf' }),
    contentType: z.string().meta({ description: 'What the content is.', example: 'application/pdf' }),
    size: z.number().int().meta({ description: 'Bytes.', example: 146_515 }),
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/)
      .meta({ example: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08' }),
    createdBy: id().nullable().meta({ description: 'The user who uploaded it; null for API keys.' }),
    createdAt: timestamp(),
  })
  .meta({ id: 'File' });
