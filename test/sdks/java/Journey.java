import static com.fasterxml.jackson.annotation.JsonInclude.Include.ALWAYS;
import static com.fasterxml.jackson.annotation.JsonInclude.Include.NON_NULL;

import com.fasterxml.jackson.annotation.JsonInclude.Value;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import payments.client.ApiClient;
import payments.client.ApiException;
import payments.client.api.ChangesApi;
import payments.client.api.PaymentsApi;
import payments.client.model.*;

/** What a user of the client does that openapi-generator generates for Java; ends with 1 at the first surprise. */
public final class Journey {
  public static void main(String[] arguments) throws Exception {
    PaymentsApi api = new PaymentsApi(connect(System.getenv("SERVICE_URL")));
    ChangesApi changesApi = new ChangesApi(connect(System.getenv("SERVICE_URL")));
    String id = System.getenv("PAYMENT_ID");
    String organisation = System.getenv("ORGANISATION_ID");

    PaymentInput payment =
        new PaymentInput()
            .id(id)
            .type(PaymentInput.TypeEnum.PAYMENT)
            .organisationId(organisation)
            .attributes(attributes("100.21"));
    CreatePaymentRequest request = new CreatePaymentRequest().data(payment);
    expect("created version", api.createPayment(request, organisation, null).getData().getVersion(), 0L);
    Map<String, List<String>> headers = api.createPaymentWithHttpInfo(request, organisation, null).getHeaders();
    expect("replay", headers.get("idempotent-replayed"), List.of("true"));
    expect("second create", codeOf(() -> api.createPayment(request, null, null)), "payment_exists");

    Payment read = api.getPayment(id, null, null, null).getData();
    expect("id", read.getId(), id);
    expect("attributes", read.getAttributes().getAdditionalProperties(), others());

    PaymentList page = api.listPayments(null, 1, null, null, organisation, null, null);
    expect("listed id", page.getData().get(0).getId(), id);
    String after = page.getLinks().getNext().getQuery().replaceFirst(".*after=([^&]*).*", "$1");
    expect("after the last", api.listPayments(null, null, null, after, organisation, null, null).getData().size(), 0);
    expect("from and to", api.listPayments(0L, null, 1, null, organisation, null, null).getData().size(), 1);

    UpdatePaymentRequest update = new UpdatePaymentRequest().data(read.attributes(attributes("0.01")));
    expect("updated version", api.updatePayment(id, update, null, null, null).getData().getVersion(), 1L);
    expect("second update", codeOf(() -> api.updatePayment(id, update, null, null, null)), "version_conflict");

    api.deletePayment(id, 1L, null, null, null);

    expect("versions", changesApi.listPaymentVersions(id, null, null, null, null).getData().size(), 3);
    List<Change> changes = changesApi.listChanges(null, null, organisation, null, null, null).getData();
    Change last = changes.get(changes.size() - 1);
    expect("last change", last.getKind() + " " + last.getPayment().getId(), "deleted " + id);
    List<Change> later = changesApi.listChanges(changes.get(0).getPosition(), 1, null, 1, null, null).getData();
    expect("change after the first", later.get(0).getKind(), Change.KindEnum.UPDATED);

    PaymentsApi newer = new PaymentsApi(connect(System.getenv("NEWER_SERVICE_URL")));
    expect("unknown code", codeOf(() -> newer.getPayment(id, null, null, null)), "a_code_of_next_year");
  }

  private static ApiClient connect(String url) {
    ApiClient client = new ApiClient();
    client.updateBaseUri(url);
    // Otherwise attributes that are null are left out.
    client.setObjectMapper(client.getObjectMapper().setDefaultPropertyInclusion(Value.construct(NON_NULL, ALWAYS)));
    return client;
  }

  private static Map<String, Object> others() throws Exception {
    return new ObjectMapper().readValue(System.getenv("ATTRIBUTES"), new TypeReference<Map<String, Object>>() {});
  }

  private static PaymentAttributes attributes(String amount) throws Exception {
    PaymentAttributes attributes = new PaymentAttributes().amount(amount);
    others().forEach(attributes::putAdditionalProperty);
    return attributes;
  }

  private interface Call {
    void run() throws Exception;
  }

  /** The code of the problem that a call fails with. */
  private static String codeOf(Call call) throws Exception {
    try {
      call.run();
    } catch (ApiException failure) {
      return String.valueOf(new ObjectMapper().readValue(failure.getResponseBody(), Problem.class).getCode());
    }
    return "no failure";
  }

  private static void expect(String what, Object got, Object wanted) {
    if (wanted.equals(got)) return;
    System.out.println(what + ": got " + got + ", expected " + wanted);
    System.exit(1);
  }
}
