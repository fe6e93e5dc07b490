/** A form as a browser sends it, with one file in the field `file`. */
export function formWith(filename: string, content: string | Uint8Array<ArrayBuffer>, type = 'text/plain'): FormData {
  const form = new FormData();
  form.append('file', new Blob([content], { type }), filename);
  return form;
}

/** The smallest picture. */
export const pixelPng = (): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==',
      'base64',
    ),
  );
