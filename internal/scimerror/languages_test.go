package scimerror_test

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/scimtrail/scimtrail/internal/scimerror"
)

// translated are natural wordings of AWS's documented messages. AWS publishes no
// list of its translations, so several entries have more than one.
var translated = []struct {
	language, message, want, attribute string
}{
	{"pt", "Recusada a criação de um novo recurso duplicado.", "duplicate-resource", ""},
	{"pt", "A criação de um recurso duplicado foi rejeitada.", "duplicate-resource", ""},
	{"pt", "A solicitação não pode ser analisada, está sintaticamente incorreta ou viola o esquema.", "request-unparsable", ""},
	{"pt", "2 erros de validação detectados: o valor em 'name.givenName' não atendeu à restrição: o membro deve satisfazer o padrão de expressão regular: [\\p{L}]+; o valor em 'name.givenName' não atendeu à restrição: o membro deve ter comprimento maior ou igual a 1", "validation-empty", "name.givenName"},
	{"pt", "1 erros de validação detectados: o valor em 'userName' não atendeu à restrição: o membro deve ter comprimento menor ou igual a 128", "validation-too-long", "userName"},
	{"pt", "O atributo de lista emails excede o limite permitido de 1", "list-attribute-limit", "emails"},
	{"pt", "GROUP não existe.", "group-not-found", ""},
	{"pt", "O grupo não existe.", "group-not-found", ""},
	{"pt", "O usuário não existe.", "user-not-found", ""},
	{"pt", "O locatário não existe.", "tenant-not-found", ""},
	{"pt", "GroupDisplayName duplicado", "duplicate-group-name", ""},
	{"pt", "Nome de exibição do grupo duplicado", "duplicate-group-name", ""},
	{"pt", "Nome de usuário duplicado", "duplicate-user-name", ""},
	{"pt", "Caminho ausente na solicitação PATCH", "missing-path", ""},
	{"pt", "Acesso negado", "access-denied", ""},
	{"pt", "Taxa excedida", "throttled", ""},
	{"pt", "Muitas solicitações. Tente novamente mais tarde.", "throttled", ""},
	{"pt", "JSON inválido no corpo da solicitação", "invalid-json", ""},
	{"pt", "Formato de filtro inválido", "invalid-filter", ""},
	{"pt", "Não há suporte para a substituição de associações de grupo.", "replace-members", ""},
	{"pt", "A substituição de membros do grupo não é suportada.", "replace-members", ""},
	{"pt", `O suporte atual a PATCH permite omitir o atributo "path" somente em operações Add e Replace que modificam um único atributo.`, "patch-path-omitted", ""},
	{"pt", "O token de acesso expirou.", "scim-token-rejected", ""},
	{"pt", "Não autorizado", "scim-token-rejected", ""},

	{"es", "Se rechazó la creación de un nuevo recurso duplicado.", "duplicate-resource", ""},
	{"es", "La solicitud no se puede analizar, es sintácticamente incorrecta o infringe el esquema.", "request-unparsable", ""},
	{"es", "2 errores de validación detectados: el valor en 'name.familyName' no cumplió la restricción: el miembro debe tener una longitud mayor o igual que 1; el valor en 'name.familyName' no cumplió la restricción: el miembro debe cumplir el patrón de expresión regular: [\\p{L}]+", "validation-empty", "name.familyName"},
	{"es", "El atributo de lista emails supera el límite permitido de 1", "list-attribute-limit", "emails"},
	{"es", "El grupo no existe.", "group-not-found", ""},
	{"es", "No existe el grupo.", "group-not-found", ""},
	{"es", "El usuario no existe.", "user-not-found", ""},
	{"es", "El inquilino no existe.", "tenant-not-found", ""},
	{"es", "Nombre para mostrar del grupo duplicado", "duplicate-group-name", ""},
	{"es", "GroupDisplayName duplicado: ya existe", "duplicate-group-name", ""},
	{"es", "Nombre de usuario duplicado", "duplicate-user-name", ""},
	{"es", "Falta la ruta en la solicitud PATCH", "missing-path", ""},
	{"es", "Acceso denegado", "access-denied", ""},
	{"es", "Se superó la tasa", "throttled", ""},
	{"es", "Tasa superada", "throttled", ""},
	{"es", "Demasiadas solicitudes", "throttled", ""},
	{"es", "JSON no válido en el cuerpo de la solicitud", "invalid-json", ""},
	{"es", "El formato del filtro no es válido", "invalid-filter", ""},
	{"es", "No se admite el reemplazo de las pertenencias a grupos.", "replace-members", ""},
	{"es", `La compatibilidad actual con PATCH permite omitir el atributo "path" solo en las operaciones Add y Replace que modifican un único atributo.`, "patch-path-omitted", ""},
	{"es", "El token de acceso ha caducado.", "scim-token-rejected", ""},
	{"es", "No autorizado", "scim-token-rejected", ""},

	{"de", "Das Erstellen einer neuen, doppelten Ressource wurde verweigert.", "duplicate-resource", ""},
	{"de", "Die Anforderung kann nicht analysiert werden, ist syntaktisch falsch oder verletzt das Schema.", "request-unparsable", ""},
	{"de", "2 Validierungsfehler erkannt: Der Wert bei „name.givenName“ erfüllt die Einschränkung nicht: Das Element muss dem Muster des regulären Ausdrucks entsprechen: [\\p{L}]+; Der Wert bei „name.givenName“ erfüllt die Einschränkung nicht: Die Länge muss größer oder gleich 1 sein", "validation-empty", "name.givenName"},
	{"de", "Listenattribut emails überschreitet das zulässige Limit von 1", "list-attribute-limit", "emails"},
	{"de", "Die Gruppe existiert nicht.", "group-not-found", ""},
	{"de", "Der Benutzer wurde nicht gefunden.", "user-not-found", ""},
	{"de", "Der Mandant ist nicht vorhanden.", "tenant-not-found", ""},
	{"de", "Doppelter Gruppenanzeigename", "duplicate-group-name", ""},
	{"de", "Der Gruppenname ist bereits vergeben.", "duplicate-group-name", ""},
	{"de", "Doppelter Benutzername", "duplicate-user-name", ""},
	{"de", "Fehlender Pfad in der PATCH-Anforderung", "missing-path", ""},
	{"de", "Zugriff verweigert", "access-denied", ""},
	{"de", "Rate überschritten", "throttled", ""},
	{"de", "Zu viele Anfragen", "throttled", ""},
	{"de", "Ungültiges JSON im Anforderungstext", "invalid-json", ""},
	{"de", "Ungültiges Filterformat", "invalid-filter", ""},
	{"de", "Das Ersetzen von Gruppenmitgliedschaften wird nicht unterstützt.", "replace-members", ""},
	{"de", `Die aktuelle PATCH-Unterstützung erlaubt das Weglassen des Attributs „path“ nur bei Add- und Replace-Operationen, die ein einzelnes Attribut ändern.`, "patch-path-omitted", ""},
	{"de", "Das Zugriffstoken ist abgelaufen.", "scim-token-rejected", ""},
	{"de", "Nicht autorisiert", "scim-token-rejected", ""},

	{"fr", "La création d’une nouvelle ressource en double a été refusée.", "duplicate-resource", ""},
	{"fr", "La demande ne peut pas être analysée, sa syntaxe est incorrecte ou elle enfreint le schéma.", "request-unparsable", ""},
	{"fr", "2 erreurs de validation détectées : la valeur de « name.familyName » ne respecte pas la contrainte : le membre doit avoir une longueur supérieure ou égale à 1 ; la valeur de « name.familyName » ne respecte pas la contrainte : le membre doit respecter le modèle d’expression régulière : [\\p{L}]+", "validation-empty", "name.familyName"},
	{"fr", "L’attribut de liste emails dépasse la limite autorisée de 1", "list-attribute-limit", "emails"},
	{"fr", "Le groupe n’existe pas.", "group-not-found", ""},
	{"fr", "L’utilisateur n’existe pas.", "user-not-found", ""},
	{"fr", "Le locataire n’existe pas.", "tenant-not-found", ""},
	{"fr", "Nom d’affichage du groupe en double", "duplicate-group-name", ""},
	{"fr", "Nom d’utilisateur en double", "duplicate-user-name", ""},
	{"fr", "Chemin manquant dans la requête PATCH", "missing-path", ""},
	{"fr", "Accès refusé", "access-denied", ""},
	{"fr", "Débit dépassé", "throttled", ""},
	{"fr", "Trop de demandes", "throttled", ""},
	{"fr", "JSON non valide dans le corps de la requête", "invalid-json", ""},
	{"fr", "Format de filtre non valide", "invalid-filter", ""},
	{"fr", "Le remplacement des appartenances à un groupe n’est pas pris en charge.", "replace-members", ""},
	{"fr", `La prise en charge actuelle de PATCH permet d’omettre l’attribut « path » uniquement pour les opérations Add et Replace modifiant un seul attribut.`, "patch-path-omitted", ""},
	{"fr", "Le jeton d’accès a expiré.", "scim-token-rejected", ""},
	{"fr", "Jeton expiré", "scim-token-rejected", ""},
	{"fr", "Non autorisé", "scim-token-rejected", ""},

	{"ja", "新しい重複リソースの作成を拒否しました。", "duplicate-resource", ""},
	{"ja", "リクエストを解析できないか、構文が正しくないか、スキーマに違反しています。", "request-unparsable", ""},
	{"ja", "2 件の検証エラーが検出されました: 「name.givenName」の値は制約を満たしていません: メンバーは正規表現パターンを満たす必要があります: [\\p{L}]+; 「name.givenName」の値は制約を満たしていません: メンバーの長さは 1 文字以上である必要があります", "validation-empty", "name.givenName"},
	{"ja", "リスト属性 emails が許可された制限 1 を超えています", "list-attribute-limit", "emails"},
	{"ja", "グループが存在しません。", "group-not-found", ""},
	{"ja", "ユーザーが存在しません。", "user-not-found", ""},
	{"ja", "テナントが存在しません。", "tenant-not-found", ""},
	{"ja", "グループの表示名が重複しています", "duplicate-group-name", ""},
	{"ja", "GroupDisplayName が重複しています", "duplicate-group-name", ""},
	{"ja", "ユーザー名が重複しています", "duplicate-user-name", ""},
	{"ja", "PATCH リクエストにパスがありません", "missing-path", ""},
	{"ja", "アクセスが拒否されました", "access-denied", ""},
	{"ja", "レートを超えました", "throttled", ""},
	{"ja", "リクエストが多すぎます", "throttled", ""},
	{"ja", "リクエスト本文の JSON が無効です", "invalid-json", ""},
	{"ja", "フィルター形式が無効です", "invalid-filter", ""},
	{"ja", "グループメンバーシップの置換はサポートされていません。", "replace-members", ""},
	{"ja", "現在の PATCH のサポートでは、単一の属性を変更する追加および置換操作でのみ「path」属性を省略できます。", "patch-path-omitted", ""},
	{"ja", "アクセストークンの有効期限が切れています。", "scim-token-rejected", ""},
}

func TestTranslationsLeadToTheSameEntry(t *testing.T) {
	t.Parallel()
	forms := map[string]func(string) string{
		"as written":            func(s string) string { return s },
		"with accents apart":    norm.NFD.String,
		"in Okta's envelope":    oktaEnvelope,
		"as an awsJson message": func(s string) string { return `{"Message":` + quoteJSON(s) + `}` },
	}
	for _, test := range translated {
		for name, form := range forms {
			t.Run(test.language+" "+test.want+" "+name, func(t *testing.T) {
				t.Parallel()
				got, ok := scimerror.Explain("", form(test.message))
				if !ok || got.Entry.ID != test.want || got.Attribute != test.attribute {
					t.Fatalf("Explain(%q) = %s about %q, want %s about %q", form(test.message), id(got), got.Attribute, test.want, test.attribute)
				}
				iberian := strings.Contains("pt es", got.Language) && strings.Contains("pt es", test.language)
				if got.Basis != scimerror.ByTranslation || got.Language != test.language && !iberian {
					t.Errorf("Explain(%q) rests on %q in language %q; a translation has to say so", form(test.message), got.Basis, got.Language)
				}
			})
		}
	}
}

func TestEveryDocumentedMessageHasEveryLanguage(t *testing.T) {
	t.Parallel()
	documented := []string{
		"duplicate-resource", "request-unparsable", "validation-empty", "list-attribute-limit", "group-not-found", "user-not-found",
		"tenant-not-found", "duplicate-group-name", "duplicate-user-name", "missing-path", "access-denied", "throttled", "invalid-json",
		"invalid-filter", "replace-members", "patch-path-omitted", "scim-token-rejected",
	}
	have := make(map[[2]string]bool)
	for _, test := range translated {
		have[[2]string{test.language, test.want}] = true
	}
	for _, language := range []string{"pt", "es", "de", "fr", "ja"} {
		for _, entry := range documented {
			if !have[[2]string{language, entry}] {
				t.Errorf("no wording of %s in %s is tested", entry, language)
			}
		}
	}
}

func TestNearMissesInOtherLanguagesAreNotExplained(t *testing.T) {
	t.Parallel()
	for _, message := range []string{
		"The filter format is incorrect", // English of another wording is no translation
		"The path is absent from this patch",
		"Le JSON du body n'est pas invalide.",
		"O formato do filtro não é inválido.",
		"O recurso duplicado foi removido.",
		"A criação do recurso duplicado não foi recusada.",
		"O esquema da solicitação foi atualizado.",
		"0 erros de validação detectados",
		"Nenhum dos erros de validação foi detectado",
		"O atributo de lista emails não excede o limite permitido de 1",
		"O grupo existe.",
		"O grupo não está vazio.",
		"O usuário não existe no grupo.",
		"O nome do grupo não está duplicado.",
		"O token expira em 89 dias.",
		"O token não expirou.",
		"Acesso concedido.",
		"O acesso não foi negado.",
		"O JSON do corpo é válido.",
		"O formato do filtro é válido.",
		"A taxa não foi excedida.",

		"El recurso duplicado se ha eliminado.",
		"El grupo existe.",
		"No existe ningún error en el grupo.",
		"El usuario no existe en el grupo.",
		"El atributo de lista emails no supera el límite permitido de 1",
		"El token caduca en 89 días.",
		"El token no ha caducado.",
		"El formato del filtro es válido.",
		"Acceso permitido.",
		"Se admite el reemplazo de las pertenencias a grupos.",

		"Die doppelte Ressource wurde gelöscht.",
		"Die Gruppe existiert.",
		"Der Benutzer ist nicht in der Gruppe vorhanden.",
		"Listenattribut emails überschreitet das zulässige Limit nicht",
		"Das Zugriffstoken ist nicht abgelaufen.",
		"Der Zugriff wurde nicht verweigert.",
		"Die Rate wurde nicht überschritten.",
		"Die PATCH-Anforderung mit path ist fehlerfrei.",
		"Das Ersetzen von Gruppenmitgliedschaften wird unterstützt.",

		"La ressource en double a été supprimée.",
		"Le groupe existe.",
		"Le jeton expire dans 89 jours.",
		"Le jeton n’a pas expiré.",
		"L’accès n’a pas été refusé.",
		"L’attribut de liste emails ne dépasse pas la limite autorisée.",
		"Le format du filtre est valide.",
		"L’utilisateur n’existe pas dans le groupe.",

		"重複リソースを削除しました。",
		"グループが存在します。",
		"グループにユーザーが存在しません。",
		"リスト属性 emails は制限を超えていません",
		"アクセスは拒否されていません",
		"トークンの有効期限は 89 日後です",
		"レートを超えていません",
		"フィルター形式は有効です",
	} {
		if got, ok := scimerror.Explain("", message); ok {
			t.Errorf("Explain(%q) = %s, want nothing", message, id(got))
		}
	}
}
