import js from '@eslint/js';
import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import ts from 'typescript';
import tseslint from 'typescript-eslint';
import * as vueParser from 'vue-eslint-parser';

// What a component's file is to TypeScript is its script, as it is given to the rules later. Were it read as it lies there, each component that is looked at would be
// another file than before, and all types would be found anew for it: three quarters of the time.
const readFile = ts.sys.readFile;
ts.sys.readFile = (path, encoding) => {
    const content = readFile(path, encoding);
    return path.endsWith('.vue') && content !== undefined ? scriptOf(content, path) : content;
};

function scriptOf(content, path) {
    let script;
    const parser = {
        parseForESLint(code, options) {
            // What stands in the template is asked for without types, and some of it first.
            if (!options.projectService) {
                return tseslint.parser.parseForESLint(code, options);
            }
            script = code;
            throw new Error('the script is all that is wanted');
        },
    };
    try {
        vueParser.parseForESLint(content, {
            filePath: path,
            sourceType: 'module',
            projectService: true,
            parser,
        });
    } catch {
        // It is told where it cannot be read, when its turn comes.
    }
    return script ?? content;
}

export default tseslint.config(
    { ignores: ['dist/**', 'node_modules/**', 'generated/**'] },
    js.configs.recommended,
    ...tseslint.configs.strictTypeChecked,
    ...vue.configs['flat/recommended'],
    prettier,
    {
        files: ['**/*.ts', '**/*.vue'],
        languageOptions: {
            parserOptions: {
                parser: tseslint.parser,
                projectService: true,
                tsconfigRootDir: import.meta.dirname,
                extraFileExtensions: ['.vue'],
            },
        },
        rules: {
            // TypeScript resolves names, and knows the browser's.
            'no-undef': 'off',
            // Numbers in template strings print as one expects.
            '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
            // Event handlers in templates are one-line arrows; their value is never used.
            '@typescript-eslint/no-confusing-void-expression': 'off',
            '@typescript-eslint/consistent-type-imports': 'error',
            '@typescript-eslint/no-explicit-any': 'error',
            'vue/multi-word-component-names': 'off',
            'vue/no-v-html': 'error',
            'vue/no-static-inline-styles': 'error',
            'vue/block-order': ['error', { order: ['script', 'template', 'style'] }],
            'vue/component-api-style': ['error', ['script-setup']],
            'vue/define-props-declaration': ['error', 'type-based'],
            'vue/enforce-style-attribute': ['error', { allow: ['scoped'] }],
            'vue/require-default-prop': 'off',
            'vue/no-bare-strings-in-template': 'error',
        },
    },
    {
        files: ['src/**/*.ts', 'src/**/*.vue'],
        ignores: ['src/api/**', '**/*.test.ts'],
        rules: {
            // Only `api` may claim to know the shape of what came over the wire.
            '@typescript-eslint/consistent-type-assertions': ['error', { assertionStyle: 'never' }],
        },
    },
    {
        files: ['**/*.js', '**/*.mjs'],
        ...tseslint.configs.disableTypeChecked,
        languageOptions: {
            globals: {
                process: 'readonly',
                console: 'readonly',
                Buffer: 'readonly',
                URL: 'readonly',
                setTimeout: 'readonly',
                clearTimeout: 'readonly',
                fetch: 'readonly',
                // Inside page.evaluate the browser's own names hold.
                document: 'readonly',
                localStorage: 'readonly',
                window: 'readonly',
            },
        },
    },
);
