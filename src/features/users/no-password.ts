/** No hash of any password: nobody can sign in with it, and trying takes as long as ever. */
export const NO_PASSWORD = '!';
