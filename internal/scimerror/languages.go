package scimerror

// AWS shows its messages in the language of the console, and publishes no list of
// the translations; they also change without notice. So no exact sentence is
// kept here. Each entry has the telling word beginnings of one language, all of
// which must stand in one sentence, in whatever order: "recus" for recusado,
// recusada, recusou. Words that turn the sense round ("nao exced") stand in
// without. Texts are folded before: lower case, no accents, plain quotes. A match
// is weaker than the English wording, and Explanation.Basis says so. Every entry
// needs at least one word that English does not have. Portuguese and Spanish share
// many words, so each has the other's negations and one may be taken for the other.
//
// The attribute and operation names (emails, PATCH, GroupDisplayName) stay
// English in translations; both forms are accepted.
var phrases = []phrase{
	// Portuguese (Brazil)
	{"pt", "duplicate-group-name", []string{`duplicad|repetid|ja existe|ja esta em uso`, `groupdisplayname|nome (?:de exibicao )?d[oe] grupo`}, `na?o (?:esta|e|foi|ha|existe)|sem duplic`},
	{"pt", "duplicate-user-name", []string{`duplicad|repetid|ja existe|ja esta em uso`, `username|nome d[oe] usuario|nome d[oe] utilizador`}, `na?o (?:esta|e|foi|ha|existe)|sem duplic`},
	{"pt", "duplicate-resource", []string{`duplicad|repetid`, `recurso`, `recus|rejeit|negad|nao foi possivel criar`}, `na?o (?:foi|e|sera) (?:recus|rejeit|negad)|na?o recus`},
	{"pt", "request-unparsable", []string{`solicitac|pedido|requisic`, `sintatic|sintaxe`, `esquema|schema`, `incorret|invalid[oa]|viol|nao pode ser analis|impossivel`}, `na?o viol`},
	{"pt", "list-attribute-limit", []string{`atributo`, `lista`, `limite`, `exced|ultrapass|super`}, `na?o (?:exced|ultrapass|super)`},
	{"pt", "group-not-found", []string{`(?:grupo|group)(?: [^ ]{1,64}){0,2} (?:nao existe|nao foi encontrad|nao encontrad|inexistente)|nao existe (?:o |um |esse |este )?grupo|nao foi encontrado o grupo`}, `usuario|utilizador|user\b|tenant|erro`},
	{"pt", "user-not-found", []string{`(?:usuario|utilizador|user)(?: [^ ]{1,64}){0,2} (?:nao existe|nao foi encontrad|nao encontrad|inexistente)|nao existe (?:o |um |esse |este )?usuario|nao foi encontrado o usuario`}, `grupo|group\b|tenant|erro`},
	{"pt", "tenant-not-found", []string{`(?:tenant|locatario|inquilino)(?: [^ ]{1,64}){0,2} (?:nao existe|nao foi encontrad|nao encontrad|inexistente)|nao existe (?:o |um |esse |este )?(?:tenant|locatario|inquilino)`}, `grupo|usuario|erro`},
	{"pt", "patch-path-omitted", []string{`patch`, `path|caminho`, `omit`, `add|adic`, `replace|substitu`, `apenas|somente|so para|unic`}, ``},
	{"pt", "missing-path", []string{`patch`, `path|caminho`, `falta|ausente|ausencia|sem (?:o )?(?:path|caminho)|nao (?:foi )?(?:informad|especificad|fornecid)`}, `na?o falta`},
	{"pt", "replace-members", []string{`substitu`, `grupo`, `associac|membro|participac|filiac|afiliac`, `nao (?:e |sao |ha |tem )?(?:suportad|compativ|compatib|permitid|aceit|suporte|oferec)|sem suporte|nao da suporte`}, ``},
	{"pt", "invalid-json", []string{`json`, `corpo|requestbody|body|solicitac|requisic`, `invalid[oa]|nao (?:e )?valid|mal ?formad|malformad`}, `na?o (?:es?|esta|ha) (?:invalid|malformad)`},
	{"pt", "invalid-filter", []string{`filtro|filter`, `formato`, `invalid[oa]|nao (?:e )?valid|incorret`}, `na?o (?:es?|esta|ha) (?:invalid|incorret)`},
	{"pt", "access-denied", []string{`acesso (?:foi |esta )?(?:negad|recusad)|nao (?:esta |tem )?autorizad\w+ a (?:executar|realizar)|nao tem permissao`}, ``},
	{"pt", "throttled", []string{`taxa (?:\w+ ){0,3}?(?:excedid|ultrapassad|excedeu)|excedeu a taxa|muitas (?:solicitac|requisic)|(?:solicitac\w+|requisic\w+) (?:em excesso|demais|limitad)`}, `na?o (?:foi |esta )?(?:exced|ultrapass)|cambio`},
	{"pt", "scim-token-rejected", []string{`nao autorizad|(?:token|chave de acesso)(?: [^ ]{1,40}){0,4} (?:expirou|expirad|vencid|venceu|invalid[oa])`}, `na?o (?:expirou|venceu|esta|e) ?|executar|realizar`},

	// Spanish
	{"es", "duplicate-group-name", []string{`duplicad|repetid|ya existe|ya esta en uso`, `groupdisplayname|nombre (?:para mostrar |visible |de visualizacion )?del? grupo`}, `na?o (?:esta|es|fue|hay|existe)|sin duplic`},
	{"es", "duplicate-user-name", []string{`duplicad|repetid|ya existe|ya esta en uso`, `username|nombre del? usuario`}, `na?o (?:esta|es|fue|hay|existe)|sin duplic`},
	{"es", "duplicate-resource", []string{`duplicad|repetid`, `recurso`, `rechaz|deneg|negad|nego|no se pudo crear`}, `na?o (?:se |fue |ha sido )(?:rechaz|deneg|negad)`},
	{"es", "request-unparsable", []string{`solicitud|peticion`, `sintactic|sintaxis`, `esquema|schema`, `incorrect|no valid|viol|infring|incumpl|no se puede analiz`}, `na?o (?:viol|infring|incumpl)`},
	{"es", "list-attribute-limit", []string{`atributo`, `lista`, `limite`, `super|exced|sobrepas|rebas`}, `na?o (?:super|exced|sobrepas|rebas)`},
	{"es", "group-not-found", []string{`(?:grupo|group)(?: [^ ]{1,64}){0,2} (?:no existe|no se encontr|no se ha encontrado|inexistente)|no existe (?:el |un |ese |este |dicho )?grupo|no se (?:encontro|ha encontrado) el grupo`}, `usuario|user\b|tenant|inquilino|error`},
	{"es", "user-not-found", []string{`(?:usuario|user)(?: [^ ]{1,64}){0,2} (?:no existe|no se encontr|no se ha encontrado|inexistente)|no existe (?:el |un |ese |este |dicho )?usuario|no se (?:encontro|ha encontrado) (?:el|al) usuario`}, `grupo|group\b|tenant|inquilino|error`},
	{"es", "tenant-not-found", []string{`(?:tenant|inquilino|arrendatario)(?: [^ ]{1,64}){0,2} (?:no existe|no se encontr|no se ha encontrado|inexistente)|no existe (?:el |un |ese |este |dicho )?(?:tenant|inquilino|arrendatario)`}, `grupo|usuario|error`},
	{"es", "patch-path-omitted", []string{`patch`, `path|ruta`, `omit`, `add|agreg|anad|adic`, `replace|reemplaz|sustitu`, `solo|unicamente|unic`}, ``},
	{"es", "missing-path", []string{`patch`, `path|ruta`, `falta|ausen|no se (?:ha )?(?:especific|indic|proporcion)`}, `na?o falta`},
	{"es", "replace-members", []string{`reemplaz|sustitu`, `grupo`, `pertenencia|miembro|membresia|afiliacion`, `no (?:es |se |esta |son )?(?:compatib|admit|soport|permit)`}, ``},
	{"es", "invalid-json", []string{`json`, `cuerpo|requestbody|body|solicitud`, `no (?:es )?valid|invalid[oa]|mal formad`}, `na?o (?:es?|esta|ha) (?:invalid|mal)`},
	{"es", "invalid-filter", []string{`filtro|filter`, `formato`, `no (?:es )?valid|invalid[oa]|incorrect`}, `na?o (?:es?|esta|ha) (?:invalid|incorrect)`},
	{"es", "access-denied", []string{`acceso (?:ha sido |fue |esta )?(?:deneg|rechaz|negad)|se (?:ha )?(?:denego|denegado) el acceso|no (?:esta |tiene )?autorizad\w+ (?:a|para) (?:realizar|ejecutar)|no tiene permiso`}, ``},
	{"es", "throttled", []string{`(?:tasa|velocidad|frecuencia)(?: [^ ]{1,20}){0,3}? (?:superad|excedid|sobrepasad|rebasad)|(?:super|exced)\w+ (?:la|el limite de) (?:tasa|velocidad|frecuencia)|demasiadas (?:solicitud|peticion)`}, `na?o se ha (?:super|exced)|na?o (?:super|exced)|cambio`},
	{"es", "scim-token-rejected", []string{`no autorizad|token(?: [^ ]{1,40}){0,4} (?:caduco|caducad|expiro\b|expirad|vencid|vencio|no (?:es )?valid|invalid[oa])`}, `na?o (?:ha |esta |se ha )?(?:caducad|caduco|expirad|expiro|vencid)|realizar|ejecutar`},

	// German
	{"de", "duplicate-group-name", []string{`doppelt|duplizier|duplikat|bereits vergeben|bereits vorhanden|existiert bereits|bereits verwendet`, `groupdisplayname|gruppenname|gruppenanzeigename|(?:anzeige)?name der gruppe`}, `nicht|kein`},
	{"de", "duplicate-user-name", []string{`doppelt|duplizier|duplikat|bereits vergeben|bereits vorhanden|existiert bereits|bereits verwendet`, `username|benutzername|nutzername`}, `nicht|kein`},
	{"de", "duplicate-resource", []string{`doppelt|duplizier|duplikat`, `ressource`, `verweiger|abgelehn|zuruckgewiesen|abgewiesen|ablehn`}, `nicht (?:verweiger|abgelehn|abgewiesen|zuruckgewiesen)`},
	{"de", "request-unparsable", []string{`anforderung|anfrage`, `syntaktisch|syntax`, `schema`, `inkorrekt|falsch|fehlerhaft|ungultig|verletz|verstoss|nicht analysier`}, `verletzt (?:das schema )?nicht|nicht verletz`},
	{"de", "list-attribute-limit", []string{`listenattribut|listen-attribut|attribut`, `list`, `limit|grenz|hochst|begrenz|obergrenze`, `uberschreit|ubersteig|uberschritten|ueberschreit`}, `nicht`},
	{"de", "group-not-found", []string{`(?:gruppe|group)(?: [^ ]{1,64}){0,2} (?:existiert nicht|(?:ist |wurde )?nicht (?:vorhanden|gefunden))|es gibt keine (?:solche )?gruppe`}, `benutzer|nutzer|user\b|mandant|tenant|fehler`},
	{"de", "user-not-found", []string{`(?:benutzer|nutzer|user)(?: [^ ]{1,64}){0,2} (?:existiert nicht|(?:ist |wurde )?nicht (?:vorhanden|gefunden))|es gibt keinen (?:solchen )?benutzer`}, `gruppe|group\b|mandant|tenant|fehler`},
	{"de", "tenant-not-found", []string{`(?:mandant|tenant)(?: [^ ]{1,64}){0,2} (?:existiert nicht|(?:ist |wurde )?nicht (?:vorhanden|gefunden))|es gibt keinen (?:solchen )?mandant`}, `gruppe|benutzer|fehler`},
	{"de", "patch-path-omitted", []string{`patch`, `path|pfad`, `weglass|weggelass|wegzulass|ausgelass|auslass|auszulass|verzicht|entfall`, `add|hinzufug|hinzuzufug`, `replace|ersetz`, `nur|einzeln|einzig|ausschliesslich`}, ``},
	{"de", "missing-path", []string{`patch`, `path|pfad`, `fehlt|fehlend|fehlen|nicht angegeben`}, `fehlt nicht`},
	{"de", "replace-members", []string{`ersetz`, `gruppe`, `mitglied|gruppenmitglied`, `nicht (?:unterstutzt|moglich|zulassig|erlaubt)`}, ``},
	{"de", "invalid-json", []string{`json`, `requestbody|body|text|hauptteil|anforderung|anfrage`, `ungultig|ungueltig|fehlerhaft|nicht gultig|unzulassig`}, `nicht (?:ungultig|fehlerhaft)`},
	{"de", "invalid-filter", []string{`filter`, `format|filterformat`, `ungultig|ungueltig|fehlerhaft|nicht gultig|unzulassig`}, `nicht (?:ungultig|fehlerhaft)`},
	{"de", "access-denied", []string{`(?:zugriff|zugang) (?:wurde )?(?:verweigert|abgelehnt)|zugriffsverweigerung|nicht (?:dazu )?berechtigt, .{1,80} auszufuhren`}, ``},
	{"de", "throttled", []string{`(?:rate|anfragerate|anforderungsrate|ratenlimit|durchsatzrate)(?: wurde)? uberschritten|zu viele (?:anfragen|anforderungen)|(?:anfrage|anforderung)(?:en)? (?:wurden? )?gedrosselt`}, `nicht`},
	{"de", "scim-token-rejected", []string{`nicht autorisiert|unautorisiert|(?:\w*token|zugriffstoken)(?: [^ ]{1,40}){0,4} (?:abgelaufen|ungultig)|(?:abgelaufen|ungultig)\w* \w*token`}, `nicht (?:abgelaufen|ungultig)|auszufuhren`},

	// French
	{"fr", "duplicate-group-name", []string{`en double|dupliqu|doublon|existe deja|deja utilise|deja pris`, `groupdisplayname|nom (?:d'affichage |complet )?d[ue] (?:le )?groupe`}, `n'est pas|n'existe pas|aucun`},
	{"fr", "duplicate-user-name", []string{`en double|dupliqu|doublon|existe deja|deja utilise|deja pris`, `username|nom d'utilisateur|nom de l'utilisateur`}, `n'est pas|n'existe pas|aucun`},
	{"fr", "duplicate-resource", []string{`en double|dupliqu|doublon`, `ressource`, `refus|rejet`}, `n'a pas ete (?:refus|rejet)|pas refus`},
	{"fr", "request-unparsable", []string{`demande|requete`, `syntax`, `schema`, `incorrect|enfrein|viol|non conforme|errone|invalide|non analysable|impossible`}, `n'(?:enfreint|viole) pas`},
	{"fr", "list-attribute-limit", []string{`attribut`, `liste`, `limite`, `depass|exced`}, `ne depass|n'exced`},
	{"fr", "group-not-found", []string{`(?:groupe|group)(?: [^ ]{1,64}){0,2} (?:n'existe p|n existe p|n'a pas ete trouve|(?:est )?introuvable|(?:est )?inexistant)`}, `utilisateur|user\b|locataire|tenant|erreur`},
	{"fr", "user-not-found", []string{`(?:l')?(?:utilisateur|user)(?: [^ ]{1,64}){0,2} (?:n'existe p|n existe p|n'a pas ete trouve|(?:est )?introuvable|(?:est )?inexistant)`}, `groupe|group\b|locataire|tenant|erreur`},
	{"fr", "tenant-not-found", []string{`(?:locataire|tenant)(?: [^ ]{1,64}){0,2} (?:n'existe p|n existe p|n'a pas ete trouve|(?:est )?introuvable|(?:est )?inexistant)`}, `groupe|utilisateur|erreur`},
	{"fr", "patch-path-omitted", []string{`patch`, `path|chemin`, `omettre|l'omission|omis\b|omise`, `add|ajout`, `replace|remplac`, `uniquement|seul|que pour|unique`}, ``},
	{"fr", "missing-path", []string{`patch`, `path|chemin`, `manqu|est absent|absente?s? d|non (?:specifie|indique|fourni)`}, `ne manque`},
	{"fr", "replace-members", []string{`remplac`, `groupe`, `membre|appartenance|adhesion`, `(?:pas|non) (?:prise? en charge|supporte|autorise|possible)`}, ``},
	{"fr", "invalid-json", []string{`json`, `corps|requestbody|body|requete|demande`, `invalide|non valide|mal form|pas valide`}, `n'est pas (?:invalide|incorrect|mal)`},
	{"fr", "invalid-filter", []string{`filtre`, `format`, `invalide|non valide|incorrect|pas valide`}, `n'est pas (?:invalide|incorrect)`},
	{"fr", "access-denied", []string{`acces (?:a ete |est )?(?:refus|interdit|rejet)|pas autorise a (?:executer|effectuer)`}, ``},
	{"fr", "throttled", []string{`(?:debit|taux|frequence)(?: [^ ]{1,20}){0,3}? (?:depasse|excede)|depass\w+ (?:du |de la limite de )(?:debit|taux)|trop de (?:demandes|requetes)|(?:demande|requete)s? limite`}, `n'a pas ete|pas depasse|ne depasse|change`},
	// Without its accent expiré (expired) reads like expire (expires), so the
	// word must close the sentence or follow a form of être or avoir.
	{"fr", "scim-token-rejected", []string{`non autorise|(?:jeton|token)(?: [^ ]{1,40}){0,4} (?:perime|invalide|non valide|pas valide|(?:a|est) expire)|(?:jeton|token)(?: d'acces| scim| porteur){0,2} expire(?:$|[.!;,])`}, `n'a pas expire|n'est pas (?:perime|expire|invalide)|executer|effectuer`},

	// Japanese
	{"ja", "duplicate-group-name", []string{`重複|既に存在|すでに存在|既に使用|すでに使用`, `groupdisplayname|グループの?(?:表示)?名`}, `いません|いない|ありません`},
	{"ja", "duplicate-user-name", []string{`重複|既に存在|すでに存在|既に使用|すでに使用`, `username|ユーザー?名`}, `いません|いない|ありません`},
	{"ja", "duplicate-resource", []string{`重複`, `リソース`, `拒否`}, `拒否(?:されません|されていません|しません)`},
	{"ja", "request-unparsable", []string{`リクエスト|要求`, `構文`, `スキーマ`, `正しくない|正しくありません|誤|違反|不正|解析でき|解析不能`}, `違反して(?:いません|いない)`},
	{"ja", "list-attribute-limit", []string{`属性`, `リスト`, `制限|上限`, `超`}, `超え(?:て(?:いません|いない)|ない|ません)`},
	{"ja", "group-not-found", []string{`(?:グループ|group)[^.]{0,30}?(?:存在しません|存在しない|見つかりません)`}, `ユーザ|user|テナント|メンバー|エラー`},
	{"ja", "user-not-found", []string{`(?:ユーザー?|user|利用者)[^.]{0,30}?(?:存在しません|存在しない|見つかりません)`}, `グループ|group|テナント|エラー`},
	{"ja", "tenant-not-found", []string{`(?:テナント|tenant)[^.]{0,30}?(?:存在しません|存在しない|見つかりません)`}, `グループ|ユーザ|エラー`},
	{"ja", "patch-path-omitted", []string{`patch|パッチ`, `path|パス`, `省略`, `add|追加`, `replace|置換|置き換え`, `のみ|だけ|単一|1 ?つ`}, ``},
	{"ja", "missing-path", []string{`patch|パッチ`, `path|パス`, `不足|欠|ありません|指定されていません|見つかりません|がない`}, `不足してい(?:ません|ない)`},
	{"ja", "replace-members", []string{`置換|置き換え`, `グループ`, `メンバー|所属`, `サポートされ(?:て(?:いません|いない)|ません)|サポートして(?:いません|いない)|対応して(?:いません|いない)|できません`}, ``},
	{"ja", "invalid-json", []string{`json`, `requestbody|body|本文|ボディ|リクエスト`, `無効|不正|正しくありません|有効ではありません`}, `(?:無効|不正)では(?:ありません|ない)`},
	{"ja", "invalid-filter", []string{`フィルター?|filter`, `形式|フォーマット|書式`, `無効|不正|正しくありません|有効ではありません`}, `(?:無効|不正)では(?:ありません|ない)`},
	{"ja", "access-denied", []string{`アクセス[^.]{0,6}(?:拒否|許可されていません)|実行する権限がありません`}, `拒否(?:されていません|されません)`},
	{"ja", "throttled", []string{`レート[^.]{0,8}超|リクエストが多すぎ|スロットリング(?:され|が発生)|スロットルされ`}, `超え(?:て(?:いません|いない)|ない|ません)|されて(?:いません|いない)|為替`},
	{"ja", "scim-token-rejected", []string{`(?:トークン|token)[^.]{0,15}(?:期限が切れ|期限切れ|失効|無効)|認証されていません|承認されていません|未承認`}, `切れて(?:いません|いない)|失効して(?:いません|いない)|無効では|実行`},
}

// announcements are the translated beginnings of a validation message. The
// number has to be there, and not be nought.
var announcements = []struct {
	language string
	words    *wording
}{
	{"pt", words(`[1-9]\d{0,3} erros? de validac\w+`)},
	{"es", words(`[1-9]\d{0,3} error(?:es)? de validac\w+`)},
	{"de", words(`[1-9]\d{0,3} (?:validierungsfehler|uberprufungsfehler|fehler bei der (?:validierung|uberprufung))`)},
	{"fr", words(`[1-9]\d{0,3} erreurs? de validation`)},
	{"ja", words(`[1-9]\d{0,3} ?(?:件|個|つ)?の?(?:検証|バリデーション|妥当性検査)の?エラー|(?:検証|バリデーション)の?エラーが ?[1-9]\d{0,3} ?(?:件|個|つ)?`)},
}
