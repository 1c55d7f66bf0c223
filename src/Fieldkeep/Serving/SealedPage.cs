namespace Fieldkeep.Serving;

/// <summary>The page of a sealed server, in the languages of the web interface: it has no script and no style, and needs no file.</summary>
internal static class SealedPage
{
    /// <summary>HTML.</summary>
    public const string Text = """
        <!doctype html>
        <html lang="en">
        <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Fieldkeep is sealed</title></head>
        <body>
        <main>
        <h1>Fieldkeep is sealed</h1>
        <p>The server runs, but nobody has given it its key yet. Nothing is lost. Phones keep what they collected and send it later. The operator opens it with <code>fieldkeep unseal</code>.</p>
        <section lang="fr"><h2>Fieldkeep est scellé</h2><p>Le serveur fonctionne, mais personne ne lui a encore donné sa clé. Rien n’est perdu. Les téléphones gardent ce qu’ils ont recueilli et l’enverront plus tard.</p></section>
        <section lang="es"><h2>Fieldkeep está sellado</h2><p>El servidor funciona, pero nadie le ha dado todavía su clave. No se ha perdido nada. Los teléfonos guardan lo recogido y lo enviarán más tarde.</p></section>
        <section lang="ar" dir="rtl"><h2>Fieldkeep مختوم</h2><p>الخادم يعمل، لكن لم يعطه أحد مفتاحه بعد. لم يضع شيء. تحتفظ الهواتف بما جمعته وترسله لاحقًا.</p></section>
        </main>
        </body>
        </html>
        """;
}
