/** How somebody proves who they are: the first factor. */
export type SignInMethod = 'password' | 'magic_link';
