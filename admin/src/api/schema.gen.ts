// Made from docs/openapi.json by scripts/generate-docs.ts; do not edit.
export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Name, version and links */
        get: operations["getHome"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/api-tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the API tokens of all admins, newest first
         * @description An API token needs the scope admin.
         */
        get: operations["listApiTokens"];
        put?: never;
        /**
         * Make an API token
         * @description It acts for the admin who makes it, within its scopes, and for no longer than that account is active. The answer is the only place where it is ever shown. An API token needs the scope admin.
         */
        post: operations["createApiToken"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/api-tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End an API token at once
         * @description An API token needs the scope admin.
         */
        delete: operations["deleteApiToken"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/audit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List who did what, newest first
         * @description What admins, the command line and the server did, and what people did to their own accounts. Entries are made by the server alone and go after audit.retention_days. An API token needs the scope admin.
         */
        get: operations["listAudit"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/backups": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the backups that this server made, newest first
         * @description An API token needs the scope admin.
         */
        get: operations["listBackups"];
        put?: never;
        /**
         * Begin a backup
         * @description It runs on after the answer: read it again until its status is done or failed. 409 while another one is made or checked. An API token needs the scope admin.
         */
        post: operations["createBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/backups/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Get a backup, with its progress while it runs
         * @description An API token needs the scope admin.
         */
        get: operations["getBackup"];
        put?: never;
        post?: never;
        /**
         * Delete a backup with its file
         * @description An API token needs the scope admin.
         */
        delete: operations["deleteBackup"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/backups/{id}/check": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Check a backup: its SHA-256, and whether it can be restored
         * @description Answers when all of it was read; check_result is ok or says what is wrong. An API token needs the scope admin.
         */
        post: operations["checkBackup"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/backups/{id}/download": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the file of a backup
         * @description For an admin who has signed in, not for API tokens: it holds every account and token. Not for API tokens.
         */
        get: operations["downloadBackup"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/extensions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the extensions in the folder, by name
         * @description They are installed at the machine: tinybase extensions install. An API token needs the scope admin.
         */
        get: operations["listExtensions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/extensions/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an extension and how it fares
         * @description An API token needs the scope admin.
         */
        get: operations["getExtension"];
        put?: never;
        post?: never;
        /**
         * Uninstall an extension
         * @description Its folder, its settings and its errors are removed at once. An API token needs the scope admin.
         */
        delete: operations["deleteExtension"];
        options?: never;
        head?: never;
        /**
         * Enable or disable an extension
         * @description The process of the extensions is started anew, the server goes on. The answer comes when that is done and says how it went. An API token needs the scope admin.
         */
        patch: operations["updateExtension"];
        trace?: never;
    };
    "/api/admin/extensions/{name}/errors": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List what went wrong in an extension, newest first
         * @description The last 100 are kept. An API token needs the scope admin.
         */
        get: operations["listExtensionErrors"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/extensions/{name}/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the settings of an extension
         * @description An API token needs the scope admin.
         */
        get: operations["getExtensionSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings of an extension
         * @description The process of the extensions is started anew with them. An API token needs the scope admin.
         */
        patch: operations["updateExtensionSettings"];
        trace?: never;
    };
    "/api/admin/function-calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The same as /api/admin/functions/calls
         * @description An API token needs the scope admin.
         */
        get: operations["listFunctionCallsAlias"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List all functions with their files, and the files that do not load
         * @description An API token needs the scope admin.
         */
        get: operations["listAdminFunctions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/{name}/source": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a function's source file
         * @description An API token needs the scope admin.
         */
        get: operations["getFunctionSource"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/calls": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the calls of functions, newest first
         * @description An API token needs the scope admin.
         */
        get: operations["listFunctionCalls"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/calls/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read one call
         * @description An API token needs the scope admin.
         */
        get: operations["getFunctionCall"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/calls/histogram": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the calls of functions over time
         * @description Filtered as the list is. Without started_after it begins with the oldest call, without started_before it ends now. An API token needs the scope admin.
         */
        get: operations["readFunctionCallHistogram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/deploy": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Replace all functions by those of an archive
         * @description A tar.gz with the folder functions/ and, if there is one, the file functions.ts beside it; without node_modules, .env files and links. Packages are installed from functions/package.json and its lock file. Only when every file loads does it become active, at once; else nothing changes. An API token needs the scope functions:deploy.
         */
        post: operations["deployFunctions"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/deployments": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the deployments that are kept, newest first
         * @description When none is active, the functions come from the folder of the project. An API token needs the scope functions:deploy.
         */
        get: operations["listDeployments"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/deployments/{id}/activate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a deployment active again, or the folder of the project with the id local
         * @description It is loaded first: when it does not load any more, nothing changes. An API token needs the scope functions:deploy.
         */
        post: operations["activateDeployment"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/deployments/{id}/changes": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read which functions and files of a deployment are other ones
         * @description A function counts as changed when its own file is another. Of the folder of the project only functions are compared: all files count as added. An API token needs the scope functions:deploy.
         */
        get: operations["compareDeployment"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/functions/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read how often each function was called and failed, and how long it took
         * @description Calls that began within the range; 24h when none is given. Of a very long history the figures may be five seconds old. An API token needs the scope admin.
         */
        get: operations["readFunctionMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/schedules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the schedules, newest first
         * @description An API token needs the scope admin.
         */
        get: operations["listSchedules"];
        put?: never;
        /**
         * Run a function by the clock
         * @description A run has no user and no rights of an admin, and the `auth` of the function is not checked. The payload has to fit its input. A schedule that runs once has to lie in the future. An API token needs the scope admin.
         */
        post: operations["createSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/schedules/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a schedule
         * @description An API token needs the scope admin.
         */
        get: operations["getSchedule"];
        put?: never;
        post?: never;
        /**
         * Delete a schedule
         * @description A run that is going on goes on, and the history keeps its calls. An API token needs the scope admin.
         */
        delete: operations["deleteSchedule"];
        options?: never;
        head?: never;
        /**
         * Change a schedule
         * @description What is left out stays. A changed `schedule`, and one that is made active again, counts from now. A run that is going on goes on. An API token needs the scope admin.
         */
        patch: operations["updateSchedule"];
        trace?: never;
    };
    "/api/admin/schedules/{id}/run": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a schedule now
         * @description Whether it is active or not, and without changing when it is due. Its call tells how it ends. 409 while it runs; not tried again when it fails. An API token needs the scope admin.
         */
        post: operations["runSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/schedules/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Tell when a schedule would run
         * @description Nothing is written. An API token needs the scope admin.
         */
        post: operations["previewSchedule"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/settings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read the settings
         * @description What an admin may change while the server runs, and, read only, all that it was started with. Secrets are never shown. An API token needs the scope admin.
         */
        get: operations["readSettings"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Change settings
         * @description All of it or nothing, and live at once. null brings a default back. What the file, the environment or a flag sets is locked (409). An API token needs the scope admin.
         */
        patch: operations["updateSettings"];
        trace?: never;
    };
    "/api/admin/settings/mail/preview": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * See a mail with sample values
         * @description With the template that is given, or else with the one that counts now. A fault in the template is 422. Show the HTML in a sandbox: an admin wrote it. An API token needs the scope admin.
         */
        post: operations["previewMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/settings/mail/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a mail with sample values
         * @description Waits for the mail server and answers what it says: 204 when it took the mail, 422 on `to` when it refused the address, 503 for everything else, also when mail is off. An API token needs the scope admin.
         */
        post: operations["sendTestMail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Figures of the overview
         * @description An API token needs the scope admin.
         */
        get: operations["readStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/types": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Download the types of every collection and function, with a client
         * @description One TypeScript file without any import; `tinybase types` writes the same. An API token needs the scope admin.
         */
        get: operations["downloadTypes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the accounts, newest first
         * @description An API token needs the scope admin.
         */
        get: operations["listUsers"];
        put?: never;
        /**
         * Make an account
         * @description Also while registration is closed. An API token makes no admins. An API token needs the scope admin.
         */
        post: operations["createUser"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read an account
         * @description An API token needs the scope admin.
         */
        get: operations["getUser"];
        put?: never;
        post?: never;
        /**
         * Delete an account
         * @description With its tokens, and all of it or nothing. Records that refer to the account, or to a record that goes, do what their field says (`on_delete`); `restrict` refuses (409). The last admin who can sign in stays (409). An API token deletes no admins. An API token needs the scope admin.
         */
        delete: operations["deleteUser"];
        options?: never;
        head?: never;
        /**
         * Change an account
         * @description It counts at once: a disabled account is signed out and its API tokens are good for nothing while it is; an admin who is none any more keeps the rights of a user. The last admin who can sign in stays one (409). An API token changes no admins. An API token needs the scope admin.
         */
        patch: operations["updateUser"];
        trace?: never;
    };
    "/api/admin/users/{id}/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Count the records that an account owns
         * @description An API token needs the scope admin.
         */
        get: operations["countUserRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/reset-link": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make a one-time link for a new password
         * @description For when there is no mail: hand it over yourself. It counts for an hour, once, and ends older ones. Not for admins when an API token asks. An API token needs the scope admin.
         */
        post: operations["createResetLink"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the devices on which an account is signed in
         * @description An API token needs the scope admin.
         */
        get: operations["listUserSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/admin/users/{id}/sessions/{sid}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Sign an account out on a device
         * @description An API token needs the scope admin.
         */
        delete: operations["endUserSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/change-email": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change the address of one's own account
         * @description A mail goes to the new address; it counts once the link in there was followed, within an hour. The answer is the same when another account has that address. A wrong password is 422 on `password`. At most one such mail a minute goes to an address. 503 when the server sends no mail. Not for API tokens.
         */
        post: operations["changeEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/change-password": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change one's own password
         * @description Ends all other sessions and open one-time links. API tokens stay: delete those by themselves. A wrong current password is 422 on `current_password`. Not for API tokens.
         */
        post: operations["changePassword"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in
         * @description A wrong e-mail address, a wrong password and a disabled account are the same answer.
         */
        post: operations["login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/logout": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the session that was shown
         * @description Not for API tokens.
         */
        post: operations["logout"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Read one's own account */
        get: operations["getMe"];
        put?: never;
        post?: never;
        /**
         * Delete one's own account
         * @description Its records stay, without an owner: delete them before if they shall go. A wrong password is 422 on `password`. The last admin stays (409), and so does an account that records refer to with `restrict`. Not for API tokens.
         */
        delete: operations["deleteMe"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password-reset/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Set a new password with a one-time link
         * @description Ends all sessions of the account. A token that is unknown, used or too old is 401.
         */
        post: operations["confirmPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/password-reset/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail with a link for a new password
         * @description The answer is the same whether there is such an account or not. The link counts once, for an hour, and ends older ones. At most one such mail a minute goes to an address. 503 when the server sends no mail.
         */
        post: operations["requestPasswordReset"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/refresh": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Take a new token in the place of the one that was shown
         * @description The old one ends with that; of two requests at once one succeeds. A session that is in a cookie stays in it. Not for API tokens.
         */
        post: operations["refresh"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/register": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /** Make an account */
        post: operations["register"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the devices on which one is signed in, latest sign-in first
         * @description Not for API tokens.
         */
        get: operations["listSessions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/sessions/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Sign out on one of these devices
         * @description Not for API tokens.
         */
        delete: operations["endSession"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/setup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Make the first admin
         * @description With the token of the one-time link that the server prints at its start.
         */
        post: operations["setUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/verify-email/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Confirm an address with a one-time link
         * @description Sets `email_verified`. A link to change the address makes it the one of the account, ends other one-time links and tells the old address; 409 when another account has it by then. A token that is unknown, used or too old is 401.
         */
        post: operations["confirmEmail"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/auth/verify-email/request": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a mail that confirms the address of one's own account
         * @description The link counts once, for 24 hours, and ends older ones. There is no mail when the address is confirmed already. At most one such mail a minute goes to an address. 503 when the server sends no mail. Not for API tokens.
         */
        post: operations["requestEmailVerification"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Change up to 500 records together or not at all
         * @description Creates, changes and deletes records of any collections in one transaction. Later requests see what earlier ones did, so a record may refer to one that was made just before with an id of your own. When one of them is refused nothing is written, and the error says which one it was: requests[3], counted from 0. An API token needs the scope records:write.
         */
        post: operations["changeRecords"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/collections": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the collections whose records the caller may list or read
         * @description An API token needs the scope records:read.
         */
        get: operations["listCollections"];
        put?: never;
        /**
         * Make a collection
         * @description An API token needs the scope admin.
         */
        post: operations["createCollection"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/collections/{collection}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a collection, schema included
         * @description An API token needs the scope records:read.
         */
        get: operations["getCollection"];
        put?: never;
        post?: never;
        /**
         * Delete a collection and its records
         * @description An API token needs the scope admin.
         */
        delete: operations["deleteCollection"];
        options?: never;
        head?: never;
        /**
         * Change a collection; live for the next request
         * @description Stored records are checked first: a change that would lose values is refused (409) with the first ten records concerned. A field is renamed with {"name": "new", "was": "old"}. With dry_run=true the answer is the plan of the change. An API token needs the scope admin.
         */
        patch: operations["updateCollection"];
        trace?: never;
    };
    "/api/collections/{collection}/records": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the records that the caller may see
         * @description An API token needs the scope records:read.
         */
        get: operations["listRecords"];
        put?: never;
        /**
         * Create a record
         * @description An API token needs the scope records:write.
         */
        post: operations["createRecord"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/collections/{collection}/records/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a record
         * @description An API token needs the scope records:read.
         */
        get: operations["getRecord"];
        put?: never;
        post?: never;
        /**
         * Delete a record
         * @description An API token needs the scope records:write.
         */
        delete: operations["deleteRecord"];
        options?: never;
        head?: never;
        /**
         * Change fields of a record; null clears one
         * @description An API token needs the scope records:write.
         */
        patch: operations["updateRecord"];
        trace?: never;
    };
    "/api/collections/{collection}/records/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the records that the caller may list, oldest first, as a file
         * @description An answer that breaks off is no whole file. Values are written as they are, also those that a spreadsheet would run as a formula. An API token needs the scope records:read.
         */
        get: operations["exportRecords"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/collections/{collection}/records/import": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Create records from a file, or change them
         * @description CSV with a header, where an empty cell is no value and lists and dicts are JSON; or NDJSON, a line of which is the data of a record or a record as an export has it. The columns id and, for admins, owner_id count; collection_id, created_at and updated_at are ignored. An API token needs the scope records:write.
         */
        post: operations["importRecords"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/functions": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the functions that the caller may call
         * @description An API token needs the scope functions:call.
         */
        get: operations["listFunctions"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/functions/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Call a function
         * @description The body is the input: JSON, or anything for a function with `raw_body`. A function that returns an HttpAnswer answers by itself, with any status from 200 to 599. An API token needs the scope functions:call.
         */
        post: operations["callFunction"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/functions/{name}/schema": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read what a function takes and answers
         * @description An API token needs the scope functions:call.
         */
        get: operations["getFunctionSchema"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server answers */
        get: operations["getApiHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether the server answers */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Prometheus text
         * @description An API token needs the scope admin.
         */
        get: operations["getMetrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Whether it can work already */
        get: operations["getReady"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        AccessRules: {
            /** @enum {string} */
            create: "public" | "auth" | "owner" | "admin";
            /** @enum {string} */
            delete: "public" | "auth" | "owner" | "admin";
            /** @enum {string} */
            list: "public" | "auth" | "owner" | "admin";
            /** @enum {string} */
            read: "public" | "auth" | "owner" | "admin";
            /** @enum {string} */
            update: "public" | "auth" | "owner" | "admin";
        };
        ActivatedDeployment: {
            /** @description The functions that answer now, by name. */
            functions: string[];
            /** @description Of a deployment, or local: the folder of the project. */
            id: string;
            /** @constant */
            is_active: true;
        };
        AdminFunction: {
            /** @enum {string} */
            auth: "public" | "auth" | "admin";
            description: string | null;
            file_path: string;
            input_schema: {
                [key: string]: unknown;
            } | null;
            /** @description False: its file does not load now, and the last good version answers. */
            is_current: boolean;
            /**
             * Format: date-time
             * @description When the code that answers now was loaded.
             */
            last_loaded_at: string;
            /** @description The file's name without its ending. */
            module: string;
            name: string;
            output_schema: {
                [key: string]: unknown;
            } | null;
            /** @description It takes a body of any content type, as it comes. */
            raw_body: boolean;
            tags: string[];
            timeout_seconds: number | null;
        };
        AdminFunctionPage: {
            items: components["schemas"]["AdminFunction"][];
            load_errors: components["schemas"]["LoadError"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many fit, on all pages. */
            total: number;
        };
        ApiToken: {
            /** Format: date-time */
            created_at: string;
            /** @description In lower case, its domain in ASCII (`xn--`). */
            email: string;
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description To the minute; null: never. */
            last_used_at: string | null;
            /** @description 1 to 100 characters, to know it by. */
            name: string;
            /** @description What the token opens: lists and reads of records, writes of records, calls of functions, deployments, or all that its maker may. */
            scopes: ("records:read" | "records:write" | "functions:call" | "functions:deploy" | "admin")[];
            /**
             * Format: uuid
             * @description Who made it, and with whose rights it acts.
             */
            user_id: string;
        };
        ApiTokenBody: {
            expires_at?: string | null;
            /** @description 1 to 100 characters, to know it by. */
            name: string;
            /** @description What the token opens: lists and reads of records, writes of records, calls of functions, deployments, or all that its maker may. */
            scopes: ("records:read" | "records:write" | "functions:call" | "functions:deploy" | "admin")[];
        };
        ApiTokenPage: {
            items: components["schemas"]["ApiToken"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many there are, on all pages. */
            total: number;
        };
        AuditItem: {
            /** @description What was done, as subject.verb: user.delete. */
            action: string;
            actor_email: string | null;
            actor_id: string | null;
            /**
             * @description anonymous: nobody who has signed in, such as the holder of a one-time link; system: see actor_via.
             * @enum {string}
             */
            actor_kind: "anonymous" | "user" | "admin" | "system";
            actor_token_id: string | null;
            actor_via: ("session" | "api_token" | "command_line" | "server") | null;
            address: string | null;
            /**
             * Format: date-time
             * @description When it was noted.
             */
            created_at: string;
            /** @description More about it, by action. A change has `changed`, the keys, with `was` and `now` where they may be shown. */
            details: {
                [key: string]: unknown;
            };
            /** Format: uuid */
            id: string;
            request_id: string | null;
            subject_id: string | null;
            subject_name: string | null;
            /**
             * @description What it was done to.
             * @enum {string}
             */
            subject_type: "user" | "session" | "api_token" | "settings" | "collection" | "records" | "deployment" | "schedule" | "extension" | "backup" | "migration";
        };
        AuditPage: {
            items: components["schemas"]["AuditItem"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many fit, on all pages. */
            total: number;
        };
        Backup: {
            check_result: string | null;
            checked_at: string | null;
            /**
             * Format: date-time
             * @description When it was begun.
             */
            created_at: string;
            error: string | null;
            finished_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description A file, from the folder of the project, or s3://<bucket>/<key>. */
            location: string;
            progress: number | null;
            sha256: string | null;
            size_bytes: number | null;
            /** @enum {string} */
            status: "running" | "done" | "failed";
            /**
             * @description schedule: made by backup.cron.
             * @enum {string}
             */
            trigger_type: "manual" | "schedule";
        };
        BackupPage: {
            /** @description Where the next one goes: a folder, or s3://<bucket>. */
            destination: string;
            items: components["schemas"]["Backup"][];
            next_run_at: string | null;
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many there are, on all pages. */
            total: number;
        };
        Batch: {
            requests: components["schemas"]["BatchRequest"][];
        };
        BatchRequest: {
            /** @description Its name */
            collection: string;
            /** @description The data of the record, as the schema of the collection says. */
            data?: {
                [key: string]: unknown;
            };
            /** @description The record of PATCH and DELETE; with POST the caller's own UUIDv7 */
            id?: string;
            /** @description With PATCH and DELETE: the ETag that the record must still have, quotes and all */
            if_match?: string;
            /** @enum {string} */
            method: "POST" | "PATCH" | "DELETE";
            /** @description With POST, for admins: the user who owns the new record */
            owner_id?: string;
        };
        BatchResults: {
            /** @description One for each request, in their order */
            results: {
                /** @description Null after DELETE */
                record: components["schemas"]["Record"] | null;
                status: 201 | 200 | 204;
            }[];
        };
        CallFailed: {
            /** Format: uuid */
            call_id: string;
            /** @enum {string} */
            code: "function_failed" | "function_timeout" | "unavailable";
            /** @description The data of a FunctionError. */
            data?: unknown;
            detail: string;
            /** @description The message for admins, in debug, or of a FunctionError; a general sentence otherwise. */
            error: string;
            error_type: string;
            logs?: string[];
            /** @description Where it was thrown; for admins and in debug only. */
            stack?: string;
            /** @constant */
            status: "failed";
        };
        CallSuccess: {
            /** Format: uuid */
            call_id: string;
            /** @description Console lines, for an admin with ?logs=true. */
            logs?: string[];
            result: unknown;
            /** @constant */
            status: "succeeded";
        };
        ChangeEmailBody: {
            /** @description The new address. */
            email: string;
            password: string;
        };
        ChangePasswordBody: {
            current_password: string;
            /** @description At most 256 characters, at least auth.password_min_length (8). */
            password: string;
        };
        Collection: {
            /** Format: date-time */
            created_at: string;
            /** Format: uuid */
            id: string;
            label: string;
            name: string;
            options: components["schemas"]["CollectionOptions"];
            schema: components["schemas"]["CollectionSchema"];
            /** Format: date-time */
            updated_at: string;
        };
        CollectionCreate: {
            label?: string;
            /** @description Matches ^[a-z][a-z0-9_]{0,62}$ */
            name: string;
            /** @description As CollectionOptions; what is left out keeps what it was, at first its default. */
            options?: unknown;
            /** @description As CollectionSchema: {"fields": [{"name": "title", "type": "string"}]} */
            schema: unknown;
        };
        CollectionList: {
            items: components["schemas"]["Collection"][];
            page: number;
            page_size: number;
            total: number;
        };
        CollectionOptions: {
            access: components["schemas"]["AccessRules"];
            indexes?: components["schemas"]["CompositeIndex"][];
        };
        CollectionPlan: {
            changes: components["schemas"]["PlannedChange"][];
            /** @description Values would be deleted */
            needs_force: boolean;
            /** @description The same request without dry_run would be done */
            possible: boolean;
            /** @description Records that would be written anew */
            rewritten: number;
            /** @description Records that were looked at; 0 when none had to be */
            total: number;
        };
        CollectionSchema: {
            fields: components["schemas"]["Field"][];
        };
        CollectionUpdate: {
            label?: string;
            name?: string;
            /** @description As CollectionOptions; what is left out keeps what it was, at first its default. */
            options?: unknown;
            /** @description As CollectionSchema: {"fields": [{"name": "title", "type": "string"}]} */
            schema?: unknown;
        };
        CompositeIndex: {
            fields: string[];
            unique: boolean;
        };
        ConfigEntry: {
            /** @description What it does. */
            description: string;
            /** @description True: its value is never shown. */
            is_secret: boolean;
            /** @description tinybase.toml:12, TINYBASE_SERVER_PORT, --port or default. */
            origin: string;
            /** @description The value that counts; null when there is none. Of a secret only "set" or "not set", of an address nothing before its @ and after its ?. */
            value: string | number | boolean | string[] | null;
        };
        DeclaredSetting: {
            /** @description What holds while nothing is set; null: nothing. */
            default: unknown;
            description: string | null;
            /** @description True: it is set, and never shown again. */
            is_secret: boolean;
            /** @description False: the default holds. */
            is_set: boolean;
            name: string;
            /**
             * @description list: of texts; json: anything.
             * @enum {string}
             */
            type: "string" | "integer" | "number" | "boolean" | "list" | "json";
        };
        DeleteMeBody: {
            password: string;
        };
        Deployment: {
            /** @description Of all files together, without packages. */
            bytes: number;
            /** @description SHA-256 of the archive, in hex. */
            checksum: string;
            /**
             * Format: date-time
             * @description When it was deployed.
             */
            created_at: string;
            created_by_user_id: string | null;
            file_count: number;
            /** @description The functions, by name. */
            functions: string[];
            /** Format: uuid */
            id: string;
            /** @description True: its functions answer now. */
            is_active: boolean;
            message: string | null;
        };
        DeploymentChanges: {
            compared_with: string | null;
            files: components["schemas"]["NameChanges"];
            functions: components["schemas"]["NameChanges"];
            /** Format: uuid */
            id: string;
        };
        DeploymentPage: {
            items: components["schemas"]["Deployment"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many there are, on all pages. */
            total: number;
        };
        DeployResult: {
            /** @description Of all files together, without packages. */
            bytes: number;
            /** @description Compared with what was active before. A function counts as changed when its own file is another; without a deployment before, all files count as added. */
            changes: {
                files: components["schemas"]["NameChanges"];
                functions: components["schemas"]["NameChanges"];
            };
            /** @description SHA-256 of the archive, in hex. */
            checksum: string;
            /**
             * Format: date-time
             * @description When it was deployed.
             */
            created_at: string;
            created_by_user_id: string | null;
            file_count: number;
            /** @description The functions, by name. */
            functions: string[];
            id: string | null;
            /** @description True: its functions answer now. */
            is_active: boolean;
            message: string | null;
        };
        EmailBody: {
            email: string;
        };
        Error: {
            /** @enum {string} */
            code: "invalid_input" | "unauthenticated" | "mfa_required" | "forbidden" | "not_found" | "method_not_allowed" | "timeout" | "conflict" | "precondition_failed" | "too_large" | "unsupported_media_type" | "too_many_requests" | "function_failed" | "function_timeout" | "internal" | "unavailable";
            /** @description What went wrong, which thing it was and what to do; a list for invalid input. */
            detail: string | components["schemas"]["Fault"][];
        };
        Extension: {
            author: string | null;
            description: string | null;
            error: string | null;
            /** @description Errors that are kept of it. */
            error_count: number;
            /** @description Functions that it registered. */
            functions: string[];
            /** @description What it listens to, while it runs. */
            hooks: string[];
            installed_at: string | null;
            /** @description Whether it is to run. */
            is_enabled: boolean;
            license: string | null;
            /** @description Of its folder and in its manifest. */
            name: string;
            source: components["schemas"]["ExtensionSource"] | null;
            /**
             * @description broken: its manifest is faulty, or its folder no extension; disabled: it is not to run; stopped: its folder came while the server ran; off: none runs here; failed: it did not load.
             * @enum {string}
             */
            state: "running" | "starting" | "failed" | "stopped" | "disabled" | "broken" | "off";
            updated_at: string | null;
            version: string | null;
        };
        ExtensionError: {
            /**
             * Format: date-time
             * @description When it happened.
             */
            created_at: string;
            event: string | null;
            /** @description Larger than that of every error before. */
            id: number;
            message: string;
            stack: string | null;
        };
        ExtensionErrorPage: {
            items: components["schemas"]["ExtensionError"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many are kept; older ones are gone. */
            total: number;
        };
        ExtensionPage: {
            items: components["schemas"]["Extension"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many there are, on all pages. */
            total: number;
        };
        ExtensionPatch: {
            /** @description Whether it is to run. */
            is_enabled: boolean;
        };
        ExtensionSettings: {
            /** @description Those of its manifest. When there are any, no others can be set. */
            declared: components["schemas"]["DeclaredSetting"][];
            /** @description What holds: what was set over the defaults. Secrets are left out. */
            settings: {
                [key: string]: unknown;
            };
        };
        /** @description Any of the settings; null goes back to the default, what is left out stays as it is. 64 KB in all. */
        ExtensionSettingsPatch: {
            [key: string]: unknown;
        };
        ExtensionSource: {
            commit: string | null;
            /**
             * @description What it was: a folder or an archive on a disk, or an address.
             * @enum {string}
             */
            kind: "folder" | "archive" | "url" | "git";
            /** @description The path or address, without a password in it. */
            location: string;
            ref: string | null;
        };
        Fault: {
            /** @description Starts with body, query, path or header. */
            loc: (string | number)[];
            msg: string;
            /** @description Stable, such as missing or string_too_long. */
            type: string;
        };
        /** @description A field and its constraints; which ones fit depends on the type. Types may be sent by an alias too: str, text, int, number, bool, array, object, list[T]. */
        Field: {
            additional?: boolean;
            /** @description For reference: the name of a collection, or users */
            collection?: string;
            /** @description For date and datetime also "now": the time of creation */
            default?: unknown;
            description?: string;
            enum?: (string | number)[];
            index?: boolean;
            items?: components["schemas"]["FieldItem"];
            max?: number | string;
            max_bytes?: number;
            max_items?: number;
            max_length?: number;
            min?: number | string;
            min_items?: number;
            min_length?: number;
            name: string;
            nullable?: boolean;
            /** @enum {string} */
            on_delete?: "restrict" | "cascade" | "set_null";
            /** @description RE2 syntax, unanchored */
            pattern?: string;
            properties?: components["schemas"]["Field"][];
            /** @enum {string} */
            read?: "public" | "auth" | "owner" | "admin";
            required?: boolean;
            /** @enum {string} */
            type: "string" | "integer" | "float" | "boolean" | "date" | "datetime" | "email" | "url" | "uuid" | "list" | "dict" | "json" | "reference";
            unique?: boolean;
            unique_items?: boolean;
            /** @enum {string} */
            write?: "public" | "auth" | "owner" | "admin";
        };
        /** @description What every item of a list is: a field without a name. */
        FieldItem: {
            additional?: boolean;
            description?: string;
            enum?: (string | number)[];
            items?: components["schemas"]["FieldItem"];
            max?: number | string;
            max_bytes?: number;
            max_items?: number;
            max_length?: number;
            min?: number | string;
            min_items?: number;
            min_length?: number;
            nullable?: boolean;
            /** @description RE2 syntax, unanchored */
            pattern?: string;
            properties?: components["schemas"]["Field"][];
            /** @enum {string} */
            type: "string" | "integer" | "float" | "boolean" | "date" | "datetime" | "email" | "url" | "uuid" | "list" | "dict" | "json";
            unique_items?: boolean;
        };
        FunctionCall: {
            /**
             * Format: date-time
             * @description When the call was asked for.
             */
            created_at: string;
            duration_ms: number | null;
            error_message: string | null;
            error_type: string | null;
            finished_at: string | null;
            function_name: string;
            /** Format: uuid */
            id: string;
            requested_by_user_id: string | null;
            started_at: string | null;
            /** @enum {string} */
            status: "running" | "succeeded" | "failed";
            trigger_id: string | null;
            /** @enum {string} */
            trigger_type: "manual" | "schedule";
        };
        FunctionCallHistogram: {
            bucket_seconds: number;
            /** @description Every bucket in order, empty ones too; 61 at most. */
            buckets: {
                calls: number;
                failed: number;
                /**
                 * Format: date-time
                 * @description Where it begins; a multiple of its length.
                 */
                started_at: string;
            }[];
            failed: number;
            total: number;
        };
        FunctionCallPage: {
            items: components["schemas"]["FunctionCall"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many fit, on all pages. */
            total: number;
        };
        FunctionInfo: {
            /** @enum {string} */
            auth: "public" | "auth" | "admin";
            description: string | null;
            input_schema: {
                [key: string]: unknown;
            } | null;
            name: string;
            output_schema: {
                [key: string]: unknown;
            } | null;
            /** @description It takes a body of any content type, as it comes. */
            raw_body: boolean;
            tags: string[];
            timeout_seconds: number | null;
        };
        FunctionMetrics: {
            /** @description Every function that is loaded or was called, by name. */
            items: {
                calls: number;
                failure_rate: number | null;
                failures: number;
                function_name: string;
                /** @description False: only the history still knows this function. */
                is_loaded: boolean;
                last_called_at: string | null;
                p50_ms: number | null;
                p95_ms: number | null;
            }[];
            /** @enum {string} */
            range: "1h" | "24h" | "7d" | "30d";
            /**
             * Format: date-time
             * @description Calls that began at this time or later are counted.
             */
            started_after: string;
        };
        FunctionPage: {
            items: components["schemas"]["FunctionInfo"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many fit, on all pages. */
            total: number;
        };
        FunctionSchedule: {
            /**
             * Format: date-time
             * @description When the schedule was made.
             */
            created_at: string;
            created_by_user_id: string | null;
            function_name: string;
            /** Format: uuid */
            id: string;
            /** @description False: it does not run by itself. */
            is_active: boolean;
            last_call_id: string | null;
            last_run_at: string | null;
            last_skipped_at: string | null;
            last_status: ("running" | "succeeded" | "failed" | "interrupted") | null;
            name: string;
            next_run_at: string | null;
            /** @description What the function is given. */
            payload: unknown;
            retry_at: string | null;
            schedule: components["schemas"]["Schedule"];
            /**
             * Format: date-time
             * @description When somebody changed it last.
             */
            updated_at: string;
        };
        FunctionSource: {
            file_path: string;
            source: string;
        };
        /** @description Rows have faults: nothing was written */
        ImportRefused: {
            /** @constant */
            code: "invalid_input";
            created: number;
            detail: string;
            /** @description Of the first faulty rows, up to 100 */
            errors: {
                /** @description Where the row begins, counted from 1 with the header */
                line: number;
                loc: (string | number)[];
                msg: string;
            }[];
            /** @description Rows with faults */
            failed: number;
            updated: number;
        };
        ImportResult: {
            created: number;
            /** @description Of the first faulty rows, up to 100 */
            errors: {
                /** @description Where the row begins, counted from 1 with the header */
                line: number;
                loc: (string | number)[];
                msg: string;
            }[];
            /** @description Rows with faults */
            failed: number;
            updated: number;
        };
        LoadError: {
            column: number | null;
            file: string;
            line: number | null;
            /** @description previous: the last good version of the file still answers; null: nothing does. */
            loaded_version: "previous" | null;
            message: string;
        };
        LoginAnswer: {
            /** Format: date-time */
            expires_at: string;
            /** @description Shown this once; absent when it was sent as a cookie. */
            token?: string;
            user: {
                /** @description In lower case, its domain in ASCII (`xn--`). */
                email: string;
                /** Format: uuid */
                id: string;
                is_admin: boolean;
            };
        };
        LoginBody: {
            /** @description True: the token comes as the HttpOnly cookie tb_session and is left out of the answer. */
            cookie?: boolean;
            email: string;
            password: string;
        };
        MadeApiToken: {
            expires_at: string | null;
            /** Format: uuid */
            id: string;
            /** @description 1 to 100 characters, to know it by. */
            name: string;
            /** @description What the token opens: lists and reads of records, writes of records, calls of functions, deployments, or all that its maker may. */
            scopes: ("records:read" | "records:write" | "functions:call" | "functions:deploy" | "admin")[];
            /** @description Shown this once. */
            token: string;
        };
        MailPreviewAnswer: {
            html: string;
            subject: string;
            /** @description What it was made from, to begin an own text with. */
            template: {
                html: string;
                subject: string;
                text: string;
            };
            text: string;
            /** @description What stands for a value in this mail, each as {{name}}. */
            variables: string[];
        };
        MailPreviewBody: {
            /**
             * @description What the mail is about.
             * @enum {string}
             */
            kind: "verify_email" | "password_reset" | "change_email" | "email_changed" | "password_changed";
            template?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
        };
        /** @description Own texts by kind of mail. {{instance_name}}, {{email}} and, by kind, {{url}}, {{expires_in}} and {{new_email}} stand for their values. */
        MailTemplates: {
            change_email?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
            email_changed?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
            password_changed?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
            password_reset?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
            verify_email?: {
                /** @description The mail as HTML. Values are escaped. */
                html?: string;
                /** @description One line. */
                subject?: string;
                /** @description The mail as plain text, for those who read no HTML. */
                text?: string;
            };
        };
        MailTestBody: {
            /**
             * @description What the mail is about.
             * @enum {string}
             */
            kind?: "verify_email" | "password_reset" | "change_email" | "email_changed" | "password_changed";
            /** @description The address that the mail goes to. */
            to: string;
        };
        Me: {
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /** @description In lower case, its domain in ASCII (`xn--`). */
            email: string;
            email_verified: boolean;
            /** Format: uuid */
            id: string;
            /** @description False: the account cannot sign in. */
            is_active: boolean;
            is_admin: boolean;
            /**
             * Format: date-time
             * @description When the account was last changed.
             */
            updated_at: string;
        };
        NameChanges: {
            /** @description Not there before. */
            added: string[];
            /** @description There before, in another form. */
            changed: string[];
            /** @description No longer there. */
            removed: string[];
        };
        OneTimeTokenBody: {
            /** @description From the link, behind `token=`. */
            token: string;
        };
        PasswordResetBody: {
            /** @description At most 256 characters, at least auth.password_min_length (8). */
            password: string;
            /** @description From the link, behind `token=`. */
            token: string;
        };
        PlannedChange: {
            /** @description Records concerned */
            count: number;
            /**
             * @description safe touches no record; rewrites moves, fills or converts values; destroys deletes values and wants ?force=true; blocked cannot be done, with force neither
             * @enum {string}
             */
            effect: "safe" | "rewrites" | "destroys" | "blocked";
            /** @description Null where it concerns the whole collection, or several fields at once */
            field: string | null;
            /** @enum {string} */
            kind: "add_field" | "drop_field" | "rename_field" | "change_field" | "add_index" | "drop_index" | "change_access" | "rename_collection" | "change_label";
            /** @description What will happen, as a sentence */
            msg: string;
            /** @description The first ten of those that are in the way */
            records: {
                id: string;
                msg: string;
            }[];
            /** @description The old name, of a rename */
            was: string | null;
        };
        Record: {
            /** Format: uuid */
            collection_id: string;
            /** Format: date-time */
            created_at: string;
            /** @description The values; a field without one, or that the caller may not read, is left out */
            data: {
                [key: string]: unknown;
            };
            /** @description With expand: for each field named there, what it refers to, or null when that may not be read */
            expanded?: {
                [key: string]: Record<string, never> | null;
            };
            /** Format: uuid */
            id: string;
            owner_id: string | null;
            /** Format: date-time */
            updated_at: string;
        };
        RecordList: {
            items: components["schemas"]["Record"][];
            /** @description Send it as cursor for the next page; null on the last one */
            next_cursor: string | null;
            /** @description Counted from 1; null behind a cursor */
            page: number | null;
            page_size: number;
            /** @description How many there are on all pages; null with count=false */
            total: number | null;
        };
        RefreshBody: {
            /** @description True: the token comes as the HttpOnly cookie tb_session and is left out of the answer. */
            cookie?: boolean;
        };
        RegisterAnswer: {
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /** @description In lower case, its domain in ASCII (`xn--`). */
            email: string;
            /** Format: uuid */
            id: string;
            is_admin: boolean;
        };
        RegisterBody: {
            email: string;
            /** @description At most 256 characters, at least auth.password_min_length (8). */
            password: string;
        };
        ResetLink: {
            /** Format: date-time */
            expires_at: string;
            /** @description Shown this once; counts once. */
            token: string;
            /** @description The page that takes the token; null unless server.public_url is set. */
            url: string | null;
        };
        Schedule: {
            /** @description As YYYY-MM-DD. */
            date: string;
            /** @constant */
            method: "once";
            /** @description As HH:MM or HH:MM:SS. A time that the zone skips is the first moment after the gap, one that comes twice the first of the two. */
            time: string;
            /** @description A name of the IANA list, such as Europe/Berlin; UTC when left out. */
            timezone?: string;
        } | {
            /** @constant */
            method: "interval";
            /** @description A name of the IANA list, such as Europe/Berlin; UTC when left out. */
            timezone?: string;
            /**
             * @description Days keep the local time of day; shorter units are real time.
             * @enum {string}
             */
            unit: "seconds" | "minutes" | "hours" | "days";
            /** @description How many; a hundred years at most. */
            value: number;
        } | {
            /** @description Minute, hour, day of the month, month, day of the week; with a sixth field, the second comes first. Or a nickname such as @daily. */
            cron: string;
            /** @description For people; it decides nothing. */
            description?: string;
            /** @constant */
            method: "cron";
            /** @description A name of the IANA list, such as Europe/Berlin; UTC when left out. */
            timezone?: string;
        };
        ScheduleBody: {
            function_name: string;
            /** @description False: it does not run by itself. */
            is_active?: boolean;
            /** @description For people. */
            name: string;
            /** @description JSON of 64 KB at most that fits the function's input; {} when left out. */
            payload?: unknown;
            schedule: components["schemas"]["Schedule"];
        };
        SchedulePage: {
            items: components["schemas"]["FunctionSchedule"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many fit, on all pages. */
            total: number;
        };
        SchedulePatch: {
            function_name?: string;
            /** @description False: it does not run by itself. */
            is_active?: boolean;
            /** @description For people. */
            name?: string;
            /** @description JSON of 64 KB at most that fits the function's input; {} when left out. */
            payload?: unknown;
            schedule?: components["schemas"]["Schedule"];
        };
        SchedulePreview: {
            /** @description The next five times, were it made now; one of a schedule that runs once. */
            next_runs: string[];
        };
        SchedulePreviewBody: {
            schedule: components["schemas"]["Schedule"];
        };
        Session: {
            /**
             * Format: date-time
             * @description When it signed in.
             */
            created_at: string;
            /** Format: date-time */
            expires_at: string;
            /** Format: uuid */
            id: string;
            /** @description It is the session that this request has shown. */
            is_current: boolean;
            /**
             * Format: date-time
             * @description To the minute.
             */
            last_used_at: string;
            /** @description What the device says it is (User-Agent), at most 200 characters. */
            name: string | null;
        };
        SessionPage: {
            items: components["schemas"]["Session"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many there are, on all pages. */
            total: number;
        };
        Settings: {
            /** @description Every other setting by its key, such as server.port, in the order of tinybase.toml. They are read when the server starts, and changed there. */
            config: {
                [key: string]: components["schemas"]["ConfigEntry"];
            };
            /** @description What people know this server by: in mails, the admin app and the API. */
            instance_name: string;
            /** @description Keys that the file, the environment or a flag decides. */
            locked: {
                /** @description A key of this answer that cannot be changed here. */
                key: string;
                /** @description Where it is set: tinybase.toml:12. */
                origin: string;
            }[];
            mail_templates: components["schemas"]["MailTemplates"];
            /**
             * @description closed: only admins make accounts.
             * @enum {string}
             */
            registration: "open" | "closed";
        };
        SettingsPatch: {
            /** @description 1 to 100 characters; null: TinyBase. */
            instance_name?: string | null;
            /** @description Each kind that is sent is replaced as a whole, the others stay. null for a kind, or for all of it: the texts that come with the server. */
            mail_templates?: {
                change_email?: {
                    /** @description The mail as HTML. Values are escaped. */
                    html?: string;
                    /** @description One line. */
                    subject?: string;
                    /** @description The mail as plain text, for those who read no HTML. */
                    text?: string;
                } | null;
                email_changed?: {
                    /** @description The mail as HTML. Values are escaped. */
                    html?: string;
                    /** @description One line. */
                    subject?: string;
                    /** @description The mail as plain text, for those who read no HTML. */
                    text?: string;
                } | null;
                password_changed?: {
                    /** @description The mail as HTML. Values are escaped. */
                    html?: string;
                    /** @description One line. */
                    subject?: string;
                    /** @description The mail as plain text, for those who read no HTML. */
                    text?: string;
                } | null;
                password_reset?: {
                    /** @description The mail as HTML. Values are escaped. */
                    html?: string;
                    /** @description One line. */
                    subject?: string;
                    /** @description The mail as plain text, for those who read no HTML. */
                    text?: string;
                } | null;
                verify_email?: {
                    /** @description The mail as HTML. Values are escaped. */
                    html?: string;
                    /** @description One line. */
                    subject?: string;
                    /** @description The mail as plain text, for those who read no HTML. */
                    text?: string;
                } | null;
            } | null;
            /** @description closed: only admins make accounts. null: open. */
            registration?: ("open" | "closed") | null;
        };
        SetupBody: {
            /** @description True: the token comes as the HttpOnly cookie tb_session and is left out of the answer. */
            cookie?: boolean;
            email: string;
            /** @description At most 256 characters, at least auth.password_min_length (8). */
            password: string;
            /** @description From the link that the server printed. */
            token: string;
        };
        StartedRun: {
            /**
             * Format: uuid
             * @description Its place in the history of calls.
             */
            call_id: string;
        };
        Stats: {
            /** @description Those that may sign in */
            admins: number;
            attention: {
                /** @description Extensions that do not run although they should, or that threw errors */
                extensions: {
                    /** @description Why it does not run */
                    error: string | null;
                    /** @description In the range */
                    errors: number;
                    name: string;
                }[];
                /** @description The newest backup, if it failed */
                failed_backup: {
                    /** Format: date-time */
                    created_at: string;
                    error: string;
                    /** Format: uuid */
                    id: string;
                } | null;
                /** @description Schedules whose last run did not succeed, latest first */
                schedules: {
                    function_name: string;
                    /** Format: uuid */
                    id: string;
                    /** Format: date-time */
                    last_run_at: string;
                    name: string;
                }[];
                /** @description Mails that people asked for since the start, in vain: no mail server is set */
                unsent_mails: number;
            };
            calls: {
                bucket_seconds: number;
                /** @description Every bucket of the range in order, empty ones too */
                buckets: {
                    calls: number;
                    failed: number;
                    /** Format: date-time */
                    started_at: string;
                }[];
                failed: number;
                /** @description Milliseconds that 50 of 100 calls keep to; null when none has ended */
                p50_ms: number | null;
                /** @description Milliseconds that 95 of 100 calls keep to; null when none has ended */
                p95_ms: number | null;
                total: number;
            };
            collections: {
                /** @description With ?activity=true: it takes a walk over the records */
                activity?: {
                    /** @description Records made on each of the last 14 days in UTC, today last */
                    created_per_day: number[];
                    last_write_at: string | null;
                };
                label: string;
                name: string;
                records: number;
            }[];
            /** @description By function and error type, most first */
            failures: {
                count: number;
                error_type: string | null;
                function_name: string;
                /** Format: date-time */
                last_at: string;
            }[];
            health: {
                database_bytes: number;
                /** @description Where the database stands; null when it stands in memory */
                disk_free_bytes: number | null;
                /** @description Whether mails go anywhere */
                has_mail: boolean;
                memory_bytes: number;
                /** @description The schedule that is due next */
                next_schedule: {
                    id: string;
                    name: string;
                    /** Format: date-time */
                    next_run_at: string;
                } | null;
                uptime_seconds: number;
                version: string;
            };
            /** @description Lists of big collections that an index would make fast, last asked first */
            index_hints: {
                collection: string;
                count: number;
                fields: string[];
                /** @enum {string} */
                kind: "filter" | "sort";
                /** Format: date-time */
                last_at: string;
                msg: string;
            }[];
            /** @description Accounts made since started_after */
            new_users: number;
            /** @enum {string} */
            range: "1h" | "24h" | "7d" | "30d";
            records: number;
            /** @description Functions by the duration that 95 of 100 calls keep to, slowest first */
            slowest: {
                average_ms: number;
                calls: number;
                function_name: string;
                max_ms: number;
                p50_ms: number;
                p95_ms: number;
            }[];
            /** Format: date-time */
            started_after: string;
            users: number;
        };
        User: {
            /**
             * Format: date-time
             * @description When the account was made.
             */
            created_at: string;
            /** @description In lower case, its domain in ASCII (`xn--`). */
            email: string;
            email_verified: boolean;
            /** Format: uuid */
            id: string;
            /** @description False: the account cannot sign in. */
            is_active: boolean;
            is_admin: boolean;
            /** @description null: never. */
            last_seen_at: string | null;
            /**
             * Format: date-time
             * @description When the account was last changed.
             */
            updated_at: string;
        };
        UserBody: {
            email: string;
            email_verified?: boolean;
            /** @description False: the account cannot sign in. */
            is_active?: boolean;
            is_admin?: boolean;
            /** @description At most 256 characters, at least auth.password_min_length (8). Without one nobody can sign in until a reset link was used. */
            password?: string;
        };
        UserPage: {
            items: components["schemas"]["User"][];
            /** @description Counted from 1. */
            page: number;
            page_size: number;
            /** @description How many accounts fit the search, on all pages. */
            total: number;
        };
        UserPatch: {
            /** @description Counts as not verified unless email_verified says otherwise. */
            email?: string;
            email_verified?: boolean;
            /** @description False: the account cannot sign in. */
            is_active?: boolean;
            is_admin?: boolean;
            /** @description Ends all sessions of the account but the one that sets it. */
            password?: string;
        };
        UserRecords: {
            /** @description Those in which it owns any. */
            collections: {
                label: string;
                name: string;
                records: number;
            }[];
            /** @description How many records the account owns. */
            total: number;
        };
    };
    responses: {
        /** @description Any other failure */
        Failure: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The caller may not do this */
        Forbidden: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The input is not valid; all faults at once */
        InvalidInput: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is no such thing, or the caller may not see it */
        NotFound: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is too large */
        TooLarge: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description No token, or one that is no good */
        Unauthenticated: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is of another type */
        UnsupportedMediaType: {
            headers: {
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    getHome: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    listApiTokens: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ApiTokenPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createApiToken: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ApiTokenBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MadeApiToken"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    deleteApiToken: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    listAudit: {
        parameters: {
            query: {
                /** @description user.delete, or user for all that was done to users. */
                action?: string;
                /** @description The account that did it. */
                actor_id?: string;
                /** @description RFC 3339; entries of this time or later. */
                created_after?: string;
                /** @description RFC 3339; entries before this time. */
                created_before?: string;
                limit: number;
                offset: number;
                /** @description Part of the subject's name or of the actor's address, in any case. */
                search?: string;
                /** @description What it was done to. */
                subject_id?: string;
                subject_type?: "user" | "session" | "api_token" | "settings" | "collection" | "records" | "deployment" | "schedule" | "extension" | "backup" | "migration";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listBackups: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BackupPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createBackup: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    getBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    deleteBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    checkBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Backup"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    downloadBackup: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/vnd.sqlite3": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    listExtensions: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtensionPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getExtension: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    deleteExtension: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    updateExtension: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtensionPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Extension"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listExtensionErrors: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtensionErrorPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getExtensionSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtensionSettings"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    updateExtensionSettings: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ExtensionSettingsPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ExtensionSettings"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listFunctionCallsAlias: {
        parameters: {
            query: {
                error_type?: string;
                function_name?: string;
                limit: number;
                offset: number;
                /** @description RFC 3339; calls that began at this time or later. */
                started_after?: string;
                /** @description RFC 3339; calls that began before this time. */
                started_before?: string;
                status?: "running" | "succeeded" | "failed";
                trigger_id?: string;
                trigger_type?: "manual" | "schedule";
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionCallPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listAdminFunctions: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AdminFunctionPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getFunctionSource: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionSource"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    listFunctionCalls: {
        parameters: {
            query: {
                error_type?: string;
                function_name?: string;
                limit: number;
                offset: number;
                /** @description RFC 3339; calls that began at this time or later. */
                started_after?: string;
                /** @description RFC 3339; calls that began before this time. */
                started_before?: string;
                status?: "running" | "succeeded" | "failed";
                trigger_id?: string;
                trigger_type?: "manual" | "schedule";
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionCallPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getFunctionCall: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionCall"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    readFunctionCallHistogram: {
        parameters: {
            query?: {
                error_type?: string;
                function_name?: string;
                /** @description RFC 3339; calls that began at this time or later. */
                started_after?: string;
                /** @description RFC 3339; calls that began before this time. */
                started_before?: string;
                status?: "running" | "succeeded" | "failed";
                trigger_id?: string;
                trigger_type?: "manual" | "schedule";
                user_id?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionCallHistogram"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    deployFunctions: {
        parameters: {
            query?: {
                /** @description Does all but the switch: says what would change, keeps nothing */
                dry_run?: boolean;
                /** @description Shown in the list of deployments */
                message?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/gzip": string;
                "application/octet-stream": string;
                "application/x-gzip": string;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeployResult"];
                };
            };
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeployResult"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listDeployments: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    activateDeployment: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ActivatedDeployment"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    compareDeployment: {
        parameters: {
            query?: {
                /** @description active (if absent): what it would change if it were made active. before: what it changed of the version before it */
                since?: "active" | "before";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["DeploymentChanges"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    readFunctionMetrics: {
        parameters: {
            query?: {
                range?: "1h" | "24h" | "7d" | "30d";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionMetrics"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listSchedules: {
        parameters: {
            query: {
                function_name?: string;
                /** @description Only those that are, or are not. */
                is_active?: boolean;
                limit: number;
                offset: number;
                /** @description Part of the name or of the name of the function, in any case. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ScheduleBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionSchedule"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionSchedule"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    deleteSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    updateSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SchedulePatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionSchedule"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    runSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["StartedRun"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    previewSchedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SchedulePreviewBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SchedulePreview"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    readSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    updateSettings: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SettingsPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Settings"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    previewMail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailPreviewBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["MailPreviewAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    sendTestMail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["MailTestBody"];
            };
        };
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    readStats: {
        parameters: {
            query?: {
                /** @description Adds to each collection when it was written to */
                activity?: boolean;
                range?: "1h" | "24h" | "7d" | "30d";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Stats"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    downloadTypes: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    listUsers: {
        parameters: {
            query: {
                /** @description Only those who may sign in, or the others. */
                is_active?: boolean;
                /** @description Only admins, or only those who are not. */
                is_admin?: boolean;
                limit: number;
                offset: number;
                /** @description Part of the e-mail address, in any case. */
                search?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createUser: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    deleteUser: {
        parameters: {
            query?: {
                /** @description Whether the records that the account owns stay, without an owner (default), or go with it. */
                records?: "keep" | "delete";
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    updateUser: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["UserPatch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    countUserRecords: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserRecords"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    createResetLink: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResetLink"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    listUserSessions: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    endUserSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
                sid: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    changeEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangeEmailBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    changePassword: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ChangePasswordBody"];
            };
        };
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    login: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["LoginBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    logout: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Me"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    deleteMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["DeleteMeBody"];
            };
        };
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    confirmPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PasswordResetBody"];
            };
        };
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    requestPasswordReset: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["EmailBody"];
            };
        };
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    refresh: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RefreshBody"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    register: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["RegisterBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RegisterAnswer"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listSessions: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SessionPage"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    endSession: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    setUp: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SetupBody"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LoginAnswer"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    confirmEmail: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["OneTimeTokenBody"];
            };
        };
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    requestEmailVerification: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Accepted */
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    changeRecords: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["Batch"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchResults"];
                };
            };
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listCollections: {
        parameters: {
            query?: {
                limit?: number;
                offset?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CollectionList"];
                };
            };
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createCollection: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionCreate"];
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getCollection: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"];
                };
            };
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    deleteCollection: {
        parameters: {
            query?: {
                /** @description The name again, when there are records */
                confirm?: string;
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    updateCollection: {
        parameters: {
            query?: {
                /** @description Answer what would happen to stored records; write nothing */
                dry_run?: boolean;
                /** @description Delete values of dropped fields and those that do not fit any more */
                force?: boolean;
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["CollectionUpdate"];
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Collection"] | components["schemas"]["CollectionPlan"];
                };
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    listRecords: {
        parameters: {
            query?: {
                /** @description false leaves total null and saves its cost; exact counts anew where a total may be half a second old */
                count?: "false" | "true" | "exact";
                /** @description next_cursor of the page before, with the same sort and filter and without offset; stable while records are added */
                cursor?: string;
                /** @description Up to 5 reference fields, comma separated: what they refer to comes along under expanded, null where you may not read it */
                expand?: string;
                /** @description Narrows data to these fields, comma separated: title,rating */
                fields?: string;
                /** @description Such as rating >= 3 && (title ~ 'cat' || tags ?= 'pet'). Knows = != < <= > >= ~ !~ ?= in (…) && || ! and @me, @now, null. For plain equality filter[title]=cat works too */
                filter?: string;
                /** @description Records on a page; 100 if absent */
                limit?: number;
                /** @description Records to skip; for deep pages cursor is faster */
                offset?: number;
                /** @description Fields, comma separated; a minus sorts downwards: -rating,title. Newest first if absent */
                sort?: string;
                /** @description One field, instead of sort */
                sort_by?: string;
                /** @description Goes with sort_by */
                sort_order?: "asc" | "desc";
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RecordList"];
                };
            };
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    createRecord: {
        parameters: {
            query?: {
                /** @description The caller's own UUIDv7, so that a retry is safe */
                id?: string;
                /** @description For admins: the user who owns it */
                owner_id?: string;
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Created */
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Record"];
                };
            };
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    getRecord: {
        parameters: {
            query?: {
                /** @description Up to 5 reference fields, comma separated: what they refer to comes along under expanded, null where you may not read it */
                expand?: string;
                /** @description Narrows data to these fields, comma separated: title,rating */
                fields?: string;
            };
            header?: never;
            path: {
                collection: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Record"];
                };
            };
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    deleteRecord: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done; nothing to say */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    updateRecord: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                collection: string;
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    [key: string]: unknown;
                };
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Record"];
                };
            };
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    exportRecords: {
        parameters: {
            query?: {
                /** @description Narrows data to these fields, comma separated: title,rating */
                fields?: string;
                /** @description As in a list; filter[title]=cat works too */
                filter?: string;
                /** @description json if absent; ndjson has a record a line */
                format?: "json" | "ndjson" | "csv";
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Record"][];
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            404: components["responses"]["NotFound"];
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    importRecords: {
        parameters: {
            query?: {
                /** @description Writes nothing, but says what would happen */
                dry_run?: boolean;
                /** @description Keeps the good rows although others are faulty; else it is all or nothing */
                partial?: boolean;
                /** @description id, or a unique field: a row whose value exists already changes the fields that it names in that record */
                upsert_by?: string;
            };
            header?: never;
            path: {
                collection: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/jsonl": string;
                "application/ndjson": string;
                "application/x-ndjson": string;
                "text/csv": string;
            };
        };
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportResult"];
                };
            };
            404: components["responses"]["NotFound"];
            413: components["responses"]["TooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            /** @description Status 422 */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ImportRefused"] | components["schemas"]["Error"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    listFunctions: {
        parameters: {
            query: {
                limit: number;
                offset: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionPage"];
                };
            };
            422: components["responses"]["InvalidInput"];
            default: components["responses"]["Failure"];
        };
    };
    callFunction: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallSuccess"];
                };
            };
            404: components["responses"]["NotFound"];
            /** @description Status 500 */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallFailed"];
                };
            };
            /** @description Status 503 */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallFailed"];
                };
            };
            /** @description Status 504 */
            504: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CallFailed"];
                };
            };
            default: components["responses"]["Failure"];
        };
    };
    getFunctionSchema: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FunctionInfo"];
                };
            };
            404: components["responses"]["NotFound"];
            default: components["responses"]["Failure"];
        };
    };
    getApiHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
    getMetrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            401: components["responses"]["Unauthenticated"];
            403: components["responses"]["Forbidden"];
            default: components["responses"]["Failure"];
        };
    };
    getReady: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            default: components["responses"]["Failure"];
        };
    };
}
