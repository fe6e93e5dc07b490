/** The version of the API, as its document states it. A test holds it to package.json. */
export const API_VERSION = '0.1.0';
